import os
import sys

import __main__


def reply(head, body=b""):
    """Write a frame in the place of the process that calls, and leave before it can write its own."""
    number = sys._getframe(2).f_locals["request"]["id"]
    __main__.channel.write_raw(head.replace("ID", str(number)).encode(), body)
    os._exit(0)


def total(values):
    result = []
    for _ in range(50_000):
        result = [result]
    return result


def doubled(table):
    reply('{"id":ID,"ok":' + "[" * 50_000 + "]" * 50_000 + ',"buffers":[]}')
