"""What a service of the candidate's answers over loopback."""

from __future__ import annotations

import math
from typing import Any, Final

from data_targets import Connection
from inside import http_exchange

ASKED: Final[tuple[str, str, dict[str, str], bytes]] = ("GET", "/", {}, b"")


class Answering(Connection):
    """A socket to a service that says what it was given to say, whatever it is asked."""

    def settimeout(self, seconds: float) -> None:
        assert seconds > 0

    def sendall(self, data: bytes) -> None:
        assert data.endswith(b"\r\n\r\n")


def ask(stream: bytes, step: int) -> tuple[Any, str]:
    """Return the reply that a stream in pieces of ``step`` bytes is, or the error's words."""
    wire = http_exchange.Wire.__new__(http_exchange.Wire)
    wire._buffer, wire._socket, wire.deadline = bytearray(), Answering(stream, step), math.inf
    try:
        return http_exchange.exchange(wire, *ASKED), ""
    except http_exchange.HttpError as error:
        return None, str(error)


def check_http(data: bytes) -> None:
    """A response is whole or none, its headers bare, its body as long as it says."""
    step, stream = (data[0] or 1, data[1:]) if data else (1, b"")
    reply, words = ask(stream, step)
    if reply is None:
        assert 0 < len(words) < 400
        return
    assert 200 <= reply.status < 1000
    assert len(reply.body) <= min(len(stream), http_exchange.MAX_BODY_BYTES)
    assert len(reply.headers) <= http_exchange.MAX_HEADERS
    for name, value in reply.headers.items():
        assert name == name.lower()
        assert "\n" not in value
    length = reply.headers.get("content-length")
    if length is not None and reply.status not in (204, 304):
        assert len(reply.body) == int(length)


def respond(*lines: str, body: bytes = b"", status: str = "200 OK") -> bytes:
    """Return a response."""
    return "\r\n".join([f"HTTP/1.1 {status}", *lines, "", ""]).encode("latin-1") + body


def seeds_http() -> list[bytes]:
    length, chunked = "Content-Length: 2", "Transfer-Encoding: chunked"
    responses = [
        respond(length, "Content-Type:  application/json ", body=b"{}"),
        respond(chunked, body=b"2;x=y\r\n{}\r\n0\r\nTrailer: 1\r\n\r\n"),
        respond("Connection: close", body=b"until the end"),
        respond(status="100 Continue") * 3 + respond(length, body=b"{}"),
        respond(status="204 No Content"),
        respond(length, chunked, body=b"2\r\n{}\r\n0\r\n\r\n"),
        respond("Content-Length: 999999999999999"),
        respond("A: " + " " * 50 + "b"),
        respond(" folded", "no header"),
        b"SSH-2.0-x\r\n",
    ]
    return [b"\3" + one for one in responses]
