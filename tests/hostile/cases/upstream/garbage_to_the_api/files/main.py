import contextlib
import json
import os
import pathlib
import socket
import struct
import sys
import urllib.request

HEAD = json.dumps({"t": "log", "records": 0, "op": "finish"}).encode()
JSON = [
    b'{"a": NaN, "b": 1e999}', b'"\\ud800"', b"[" * 50000, b'{"a":1,"a":2}', b"9" * 5000,
    b'"' + b"\\u0000" * 20000 + b'"',
]
THINGS = [
    os.urandom(100_000),
    struct.pack(">II", len(HEAD), 0) + HEAD,
    b"GET /numbers HTTP/1.1\r\n" + b"X: y\r\n" * 100_000,
    b"GET /" + b"x" * 1_000_000,
    b"POST /numbers HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n",
    b"POST /numbers HTTP/1.1\r\nContent-Length: 1000000000\r\n\r\n" + bytes(10_000_000),
    b"POST /numbers HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nffffffff\r\n",
    b"GET /numbers HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
    b"GET /%ff%00%c3%28?%ff=%ff&\xff HTTP/1.1\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(400),
    *(b"POST /note HTTP/1.1\r\nContent-Length: %d\r\n\r\n%b" % (len(one), one) for one in JSON),
]
for thing in THINGS:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", 9000)) as one:
        one.settimeout(0.5)
        one.sendall(thing)
        one.recv(1000)
with urllib.request.urlopen(sys.argv[1] + "/numbers", timeout=5) as response:
    numbers = json.load(response)
pathlib.Path(sys.argv[2], "answer.json").write_text(json.dumps({"total": sum(numbers)}))
