"""What the hidden tests' side takes for an HTTP response, byte by byte."""

from __future__ import annotations

import importlib.util
import socket
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import graders

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def load() -> Any:
    """Load the module as a file, since nothing on the host imports what runs inside."""
    path = Path(graders.__file__).parent / "inside" / "http_exchange.py"
    spec = importlib.util.spec_from_file_location("http_exchange", path)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules["http_exchange"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


http = load()


@pytest.fixture
def ask() -> Iterator[Callable[..., Any]]:
    """Return a function that asks a server which answers with given bytes, and then closes."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer(parts: tuple[bytes, ...], pause_s: float) -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(1 << 16)
                for part in parts:
                    try:
                        connection.sendall(part)
                    except OSError:
                        return
                    time.sleep(pause_s)

        def ask(*parts: bytes, pause_s: float = 0.0, timeout_s: float = 5.0) -> Any:
            thread = threading.Thread(target=answer, args=(parts, pause_s))
            thread.start()
            wire = http.Wire(server.getsockname()[1], time.monotonic() + timeout_s)
            try:
                return http.exchange(wire, "GET", "/", {"Host": "here"}, b"")
            finally:
                wire.close()
                thread.join()

        yield ask


OK = b"HTTP/1.1 200 OK\r\n"

GOOD = {
    "length": (OK + b"Content-Length: 2\r\n\r\n{}", b"{}", True),
    "chunks": (
        OK + b"Transfer-Encoding: chunked\r\n\r\n2;x=y\r\n[1\r\n1\r\n]\r\n0\r\nLast: 1\r\n\r\n",
        b"[1]",
        True,
    ),
    "until the end": (OK + b"\r\n{}", b"{}", False),
    "closes": (OK + b"Connection: Close\r\nContent-Length: 2\r\n\r\n{}", b"{}", False),
    "HTTP/1.0": (b"HTTP/1.0 200\r\nContent-Length: 2\r\n\r\n{}", b"{}", False),
    "after a hint": (b"HTTP/1.1 103 Hints\r\nA: b\r\n\r\n" + OK + b"\r\n{}", b"{}", False),
    "bare line feeds": (b"HTTP/1.1 200 OK\nContent-Length: 2\n\n{}", b"{}", True),
    "no content": (b"HTTP/1.1 204 No Content\r\n\r\n", b"", True),
}


@pytest.mark.parametrize("name", GOOD)
@pytest.mark.parametrize("size", [1, 1 << 16])
def test_a_response_is_read(ask: Callable[..., Any], name: str, size: int) -> None:
    raw, body, stays_open = GOOD[name]
    reply = ask(*(raw[at : at + size] for at in range(0, len(raw), size)))
    assert (reply.body, reply.stays_open) == (body, stays_open)


BAD = {
    b"": "closed without a response",
    b"{}": "in the middle of a response",
    b"{}\r\n": "no HTTP status line but",
    b"HTTP/1.1 000 OK\r\n\r\n": "no HTTP status line but",
    b"HTTP/2 200 OK\r\n\r\n": "no HTTP status line but",
    OK: "in the middle of a response",
    OK + b"Content-Length: 3\r\n\r\n{}": "shorter than its length says",
    OK + b"Content-Length: -1\r\n\r\n{}": "the length '-1'",
    OK + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}": "the length '2, 3'",
    OK + b"Content-Length: 99999999999\r\n\r\n": "a body of more than",
    OK + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n": "both a length and chunks",
    OK + b"Transfer-Encoding: gzip\r\n\r\n{}": "the transfer encoding 'gzip'",
    OK + b"Transfer-Encoding: chunked\r\n\r\n-2\r\n{}": "no length of a chunk",
    OK + b"Transfer-Encoding: chunked\r\n\r\n1\r\n{}\r\n": "longer than its length says",
    OK + b"Transfer-Encoding: chunked\r\n\r\nffffffff\r\n": "a body of more than",
    OK + b"a: b\r\n folded\r\n\r\n": "no HTTP header but",
    OK + b"a b\r\n\r\n": "no HTTP header but",
    OK + b"a: b\r\n" * 300 + b"\r\n": "more than 200 headers",
    OK + b"a: " + b"b" * 70_000 + b"\r\n\r\n": "bytes of headers",
    b"HTTP/1.1 100 Continue\r\n\r\n" * 5000: "bytes of headers",
}


@pytest.mark.parametrize("raw", BAD, ids=range(len(BAD)))
def test_what_is_no_response_is_refused(ask: Callable[..., Any], raw: bytes) -> None:
    with pytest.raises(http.HttpError, match=BAD[raw]):
        ask(raw)


def test_headers_that_mean_something_to_a_mail_reader_are_just_headers(
    ask: Callable[..., Any],
) -> None:
    tricky = b"Content-Type: multipart/mixed; boundary*=a; boundary*0=b\r\nA: 1\r\na:2\r\n"
    reply = ask(OK + tricky + b"Content-Length: 2\r\n\r\n{}")
    assert reply.headers["a"] == "1, 2"


@pytest.mark.parametrize("start", [b"", OK, OK + b"\r\n"])
def test_one_clock_holds_for_the_whole(ask: Callable[..., Any], start: bytes) -> None:
    started = time.monotonic()
    with pytest.raises(TimeoutError, match="no whole response in time"):
        ask(start, *[b"x"] * 20, pause_s=0.1, timeout_s=0.5)
    assert time.monotonic() - started < 5


def test_what_came_unasked_is_seen() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        wire = http.Wire(server.getsockname()[1], time.monotonic() + 5)
        connection, _ = server.accept()
        assert wire.is_quiet
        connection.sendall(OK)
        while wire.is_quiet:
            time.sleep(0.01)
        connection.close()
        wire.close()
