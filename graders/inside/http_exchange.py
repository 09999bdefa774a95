"""One HTTP/1.1 exchange at a time over a socket: one clock for the whole, every size capped.

What a client library would accept out of kindness is refused here, since two readers could
understand it differently: two lengths, a length beside chunks, folded headers. A response is read
to its end before it counts.
"""

import contextlib
import re
import select
import socket
import time
from dataclasses import dataclass

MAX_HEAD_BYTES = 64 << 10
"""Status lines and headers of one exchange, those of interim responses included."""
MAX_HEADERS = 200
MAX_BODY_BYTES = 16 << 20
_RECEIVE_BYTES = 1 << 16
_LEAST_S = 0.001

_STATUS = re.compile(rb"HTTP/1\.([01]) ([1-9][0-9]{2})(?: [^\r\n]*)?")
_HEADER = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):(.*)", re.DOTALL)
_LENGTH = re.compile(r"[0-9]{1,15}")
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;.*)?", re.DOTALL)


class HttpError(Exception):
    """What came back is no HTTP response."""


class ClosedError(HttpError):
    """The connection was closed before anything came back."""


@dataclass(frozen=True)
class Reply:
    """One whole response."""

    status: int
    headers: dict
    """By name in small letters; several of one name are joined by a comma."""
    body: bytes
    stays_open: bool


class Wire:
    """A connection on which nothing waits beyond its deadline."""

    def __init__(self, port, deadline):
        self.deadline = deadline
        self._buffer = bytearray()
        left = max(deadline - time.monotonic(), _LEAST_S)
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=left)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    @property
    def is_quiet(self):
        """Whether nothing unasked has come meanwhile, and no end of the connection."""
        return not self._buffer and not select.select([self._socket], [], [], 0)[0]

    def send(self, data):
        self._on_the_clock(self._socket.sendall, data)

    def comes(self):
        """Wait for a first byte; return whether one came rather than the end."""
        return bool(self._buffer) or self._receive()

    def line(self, limit):
        """Return a line without its end, and how many bytes it took."""
        start = 0
        while (end := self._buffer.find(b"\n", start)) < 0 and len(self._buffer) <= limit:
            start = len(self._buffer)
            if not self._receive():
                raise HttpError("the connection was closed in the middle of a response")
        if not 0 <= end <= limit:
            raise HttpError(f"more than {MAX_HEAD_BYTES} bytes of headers")
        return self._take(end + 1)[:-1].removesuffix(b"\r"), end + 1

    def exactly(self, size):
        while len(self._buffer) < size:
            if not self._receive():
                raise HttpError("the body is shorter than its length says")
        return self._take(size)

    def to_the_end(self, limit):
        while self._receive():
            if len(self._buffer) > limit:
                raise HttpError(f"a body of more than {limit} bytes")
        return self._take(len(self._buffer))

    def close(self):
        self._socket.close()

    def _take(self, size):
        part = bytes(self._buffer[:size])
        del self._buffer[:size]
        return part

    def _receive(self):
        """Wait for more; return False if the connection ended instead."""
        data = self._on_the_clock(self._socket.recv, _RECEIVE_BYTES)
        self._buffer += data
        return bool(data)

    def _on_the_clock(self, function, argument):
        left = self.deadline - time.monotonic()
        if left > 0:
            self._socket.settimeout(left)
            with contextlib.suppress(TimeoutError):
                return function(argument)
        raise TimeoutError("no whole response in time")


def exchange(wire, method, path, headers, body):
    """Send a request and return its :class:`Reply`.

    Raises:
        HttpError: what came back is no response.
        OSError: the connection failed, or the deadline passed.
    """
    lines = [f"{method} {path} HTTP/1.1", *(f"{key}: {value}" for key, value in headers.items())]
    wire.send("\r\n".join([*lines, "", ""]).encode("latin-1") + body)
    if not wire.comes():
        raise ClosedError("the connection was closed without a response")
    left = MAX_HEAD_BYTES
    status = 100
    while status < 200:
        minor, status, fields, left = _read_head(wire, left)
    content, ends = (b"", False) if status in (204, 304) else _read_body(wire, fields)
    words = {word.strip().lower() for word in fields.get("connection", "").split(",")}
    stays_open = not ends and "close" not in words and (minor == 1 or "keep-alive" in words)
    return Reply(status=status, headers=fields, body=content, stays_open=stays_open)


def _read_head(wire, left):
    """Return minor version, status, headers, and how many bytes of headers are left."""
    text, size = wire.line(left)
    left -= size
    found = _STATUS.fullmatch(text)
    if found is None:
        raise HttpError(f"no HTTP status line but {text[:60]!r}")
    fields = {}
    count = 0
    while True:
        text, size = wire.line(left)
        left -= size
        if not text:
            return int(found[1]), int(found[2]), fields, left
        count += 1
        if count > MAX_HEADERS:
            raise HttpError(f"more than {MAX_HEADERS} headers")
        header = _HEADER.fullmatch(text)
        if header is None:
            raise HttpError(f"no HTTP header but {text[:60]!r}")
        name, value = header[1].decode().lower(), header[2].strip(b" \t").decode("latin-1")
        fields[name] = f"{fields[name]}, {value}" if name in fields else value


def _read_body(wire, fields):
    """Return the body, and whether only the end of the connection ended it."""
    coding, length = fields.get("transfer-encoding"), fields.get("content-length")
    if coding is not None and length is not None:
        raise HttpError("a body with both a length and chunks")
    if coding is not None:
        if coding.lower() != "chunked":
            raise HttpError(f"a body with the transfer encoding {coding[:60]!r}")
        return _read_chunks(wire), False
    if length is None:
        return wire.to_the_end(MAX_BODY_BYTES), True
    if not _LENGTH.fullmatch(length):
        raise HttpError(f"a body with the length {length[:60]!r}")
    return wire.exactly(_allowed(int(length))), False


def _read_chunks(wire):
    body = bytearray()
    while True:
        text, _ = wire.line(MAX_HEAD_BYTES)
        found = _CHUNK.fullmatch(text)
        if found is None:
            raise HttpError(f"no length of a chunk but {text[:60]!r}")
        size = int(found[1], 16)
        if not size:
            break
        _allowed(len(body) + size)
        body += wire.exactly(size)
        if wire.exactly(2) != b"\r\n":
            raise HttpError("a chunk longer than its length says")
    left = MAX_HEAD_BYTES
    while True:
        text, size = wire.line(left)
        left -= size
        if not text:
            return bytes(body)


def _allowed(size):
    if size > MAX_BODY_BYTES:
        raise HttpError(f"a body of more than {MAX_BODY_BYTES} bytes")
    return size
