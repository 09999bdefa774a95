import contextlib
import socket


def crowd(port):
    held = []
    for number in range(2000):
        with contextlib.suppress(OSError):
            one = socket.create_connection(("127.0.0.1", port), timeout=1)
            one.settimeout(0.1)
            if number % 2:
                one.sendall(b"GET /numbers HTTP/1.1\r\nX-Slow: ")
            held.append(one)
        if len(held) > 800:
            held.pop(0).close()
    for one in held:
        one.close()
