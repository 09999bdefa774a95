"""What a service of the candidate's answers over loopback, and what it asks of an upstream."""

from __future__ import annotations

import asyncio
import math
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from data_targets import Connection
from inside import http_exchange, stub_server, worksample_stub

from graders.upstream import read_log
from sandbox.frames import Frame

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


_APART = ThreadPoolExecutor(max_workers=1)
"""A thread without an event loop: browser tests leave theirs running in the main thread."""


async def take_request(data: bytes) -> tuple[Any, ...]:
    """Return the request that a stream begins with, as an upstream reads it."""
    reader = asyncio.StreamReader(limit=stub_server.MAX_HEAD_BYTES)
    reader.feed_data(data)
    reader.feed_eof()
    found: tuple[Any, ...] = await stub_server.read_request(b"", reader)
    return found


def check_upstream(data: bytes) -> None:
    """A request to an upstream is whole or none; whatever of it is noted, the log can be read."""
    log = stub_server.Log()
    try:
        method, target, headers, body = _APART.submit(asyncio.run, take_request(data)).result()
    except asyncio.IncompleteReadError:
        return
    except stub_server.BadRequestError as error:
        log.add(1, refused=str(error)[:500], status=error.status)
    else:
        assert len(body) == int(headers.get("content-length", "0")) <= len(data)
        request = worksample_stub.Request(1, 0.0, method, target, headers, body)
        note = stub_server.noted({"json": request.json(), "query": request.query, **headers})
        log.add(1, method=method[:16], target=target[:500], note=note | {"path": request.path[:9]})
    head = {"t": "log", "records": 1, "unlogged": 0, "turned_away": 0, "stall_s": 0, "failure": ""}
    assert read_log(Frame(header=head, body=log.lines())).lines


def seeds_upstream() -> list[bytes]:
    post = b"POST /v1/acks?page=1&page=%ff HTTP/1.1\r\nIdempotency-Key: k\r\nContent-Length: "
    bodies = [b'{"id": 1}', b'{"a": NaN}', b'"\\ud800"', b"[" * 99, b"9" * 30, b'{"a":1,"a":2}']
    return [
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET  / HTTP/1.1\r\n\r\n",
        b"GET /\xe9 HTTP/1.1\r\nHost : x\r\n\r\n",
        post + b"-1\r\n\r\n",
        post + b"0\r\nTransfer-Encoding: chunked\r\n\r\n",
        *(post + b"%d\r\n\r\n%b" % (len(one), one) for one in bodies),
    ]
