import os
import sys

import __main__


def reply(head, body=b""):
    """Write a frame in the place of the process that calls, and leave before it can write its own."""
    number = sys._getframe(2).f_locals["request"]["id"]
    __main__.channel.write_raw(head.replace("ID", str(number)).encode(), body)
    os._exit(0)


def total(values):
    reply('{"id":ID,"ok":{"$call":"os.system"},"buffers":[]}')


def doubled(table):
    reply('{"id":ID,"ok":{"$table":{"columns":[["n",5]],"rows":1,"index":null}},"buffers":[]}')
