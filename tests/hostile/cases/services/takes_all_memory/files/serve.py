import json
import os
import socket
import sys
import threading
import time

READY = b'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}'


def read_request(connection):
    data = b""
    while b"\r\n\r\n" not in data:
        part = connection.recv(65536)
        if not part:
            return None, b""
        data += part
    head, _, body = data.partition(b"\r\n\r\n")
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"content-length:"):
            while len(body) < int(line.split(b":")[1]):
                body += connection.recv(65536)
    return head, body


def serve(connection):
    try:
        with connection:
            while True:
                head, body = read_request(connection)
                if head is None:
                    return
                if head.startswith(b"GET"):
                    connection.sendall(READY)
                elif hostile(connection, head, body):
                    return
    except OSError:
        pass


def ok(body, *headers, length=None):
    length = len(body) if length is None else length
    return b"\r\n".join([b"HTTP/1.1 200 OK", b"Content-Length: %d" % length, *headers, b"", body])


def hostile(connection, head, body):
    """Take all memory, in files that no directory names and no process has mapped."""
    kept = []
    while True:
        kept.append(os.memfd_create("kept"))
        os.write(kept[-1], bytes(4 << 20))


if __name__ == "__main__":
    server = socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=128)
    while True:
        threading.Thread(target=serve, args=server.accept()[:1], daemon=True).start()
