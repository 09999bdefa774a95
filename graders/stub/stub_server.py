"""A small HTTP/1.1 server for hostile clients, with faults on purpose. Standard library only.

Every buffer has a cap and every wait a deadline. What a client sends can cost it its connection,
and nobody else anything.
"""

import asyncio
import contextlib
import http
import json
import math
import time
import traceback
from dataclasses import replace

from worksample_stub import Reply, Request

MAX_CONNECTIONS = 256
"""At once; one more is closed as soon as it comes."""
MAX_HEAD_BYTES = 16 << 10
MAX_BODY_BYTES = 256 << 10
REQUEST_S = 5.0
"""From the first byte of a request to its last."""
IDLE_S = 30.0
"""Between two requests on a connection."""
REPLY_S = 30.0
"""Beyond a reply's own slowness: for a client that does not read."""
MAX_RECORDS = 20_000
"""Requests beyond are answered 503 by the server itself, counted and not logged."""
TEXT_CHARS = 500
NOTE_CHARS = 4000
SLICES = 20
TICK_S = 0.02


class Log:
    """What was observed, on the stub's own clock."""

    def __init__(self):
        self.records = []
        self.unlogged = 0
        self.turned_away = 0
        self.stall_s = 0.0
        """The longest that the server was kept from its work."""
        self.failure = ""
        """The first exception of the handler."""
        self._zero = time.monotonic()

    def begin(self):
        """Set the clock to zero."""
        self._zero, self.stall_s = time.monotonic(), 0.0

    def now(self):
        return round(time.monotonic() - self._zero, 6)

    def add(self, connection, **facts):
        """Return a new record, or None when there is no room for one."""
        if len(self.records) == MAX_RECORDS:
            self.unlogged += 1
            return None
        record = {
            "n": len(self.records) + 1, "at": self.now(), "connection": connection, "method": "",
            "target": "", "refused": "", "status": 0, "answered_at": None, "sent_bytes": 0,
            "whole": False, "note": {}, **facts,
        }  # fmt: skip
        self.records.append(record)
        return record

    def lines(self):
        """Return the records, one line of JSON each."""
        return b"".join(json.dumps(one).encode() + b"\n" for one in self.records)


class BadRequestError(Exception):
    """What came is no request that this server takes."""

    def __init__(self, status, words):
        super().__init__(words)
        self.status = status


class Server:
    """Serves a handler on the loopback until its loop ends."""

    def __init__(self, handler, log):
        self._handler = handler
        self._log = log
        self._open = 0
        self._connections = 0
        self._watch = None
        self._server = None

    async def start(self, port):
        """Listen; return the port."""
        self._server = await asyncio.start_server(
            self._connected, "127.0.0.1", port, limit=MAX_HEAD_BYTES
        )
        self._watch = asyncio.create_task(self._watch_for_stalls())
        return self._server.sockets[0].getsockname()[1]

    def close(self):
        """Listen no more."""
        self._server.close()

    async def _watch_for_stalls(self):
        while True:
            before = time.monotonic()
            await asyncio.sleep(TICK_S)
            late_s = time.monotonic() - before - TICK_S
            self._log.stall_s = max(self._log.stall_s, round(late_s, 6))

    async def _connected(self, reader, writer):
        if self._open >= MAX_CONNECTIONS:
            self._log.turned_away += 1
            writer.transport.abort()
            return
        self._open += 1
        self._connections += 1
        number = self._connections
        try:
            # Cancelled it is only at the end of everything.
            harmless = (OSError, asyncio.IncompleteReadError, asyncio.CancelledError)
            with contextlib.suppress(*harmless):
                while await self._exchange(number, reader, writer):
                    pass
        finally:
            self._open -= 1
            writer.transport.abort() if writer.is_closing() else writer.close()

    async def _exchange(self, number, reader, writer):
        """Take one request and answer it; return whether the connection goes on."""
        try:
            first = await asyncio.wait_for(reader.readexactly(1), IDLE_S)
            method, target, headers, body = await asyncio.wait_for(
                read_request(first, reader), REQUEST_S
            )
        except BadRequestError as error:
            record = self._log.add(number, refused=str(error)[:TEXT_CHARS], status=error.status)
            await self._send(writer, Reply(status=error.status), record, last=True)
            return False
        except TimeoutError:
            self._log.add(number, refused="did not come to its end in time")
            raise
        return await self._answer(number, writer, (method, target, headers, body))

    async def _answer(self, number, writer, parts):
        method, target, headers, body = parts
        words = {"method": method[:16], "target": target[:TEXT_CHARS]}
        record = self._log.add(number, **words)
        if record is None:
            await self._send(writer, Reply(status=503), None, last=True)
            return False
        reply = self._ask(Request(record["n"], record["at"], method, target, headers, body))
        record.update(status=reply.status, note=reply.note)
        if reply.drop:
            await asyncio.sleep(reply.delay_s)
            record["answered_at"] = self._log.now()
            writer.transport.abort()
            return False
        last = "close" in headers.get("connection", "").lower() or reply.cut_at is not None
        await self._send(writer, reply, record, last=last, bodiless=method == "HEAD")
        return not last

    def _ask(self, request):
        """Return the handler's reply; an exception of the author's is kept, and answered 500."""
        try:
            reply = self._handler(request)
            head_of(reply, last=True)
        except Exception:  # noqa: BLE001 - the author's code, whatever it raises
            where = f"request {request.number}, {request.method[:16]} {request.target[:100]}"
            self._log.failure = self._log.failure or f"{where}: {traceback.format_exc()[-1500:]}"
            return Reply(status=500)
        return replace(reply, note=noted(reply.note))

    async def _send(self, writer, reply, record, *, last, bodiless=False):
        await asyncio.sleep(reply.delay_s)
        sent = b"" if bodiless else reply.body[: reply.cut_at]
        limit_s = REPLY_S + reply.over_s
        if record is not None:
            record["answered_at"] = self._log.now()
        async with asyncio.timeout(limit_s):
            writer.write(head_of(reply, last=last))
            for part, pause_s in slices(sent, reply.over_s):
                await asyncio.sleep(pause_s)
                writer.write(part)
                await writer.drain()
                if record is not None:
                    record["sent_bytes"] += len(part)
            await writer.drain()
        if record is not None:
            record["whole"] = len(sent) == len(reply.body) or bodiless


def noted(note):
    """Return a note as the log takes it, whatever of a candidate's the author put into it."""
    value = plain(note)
    size = len(json.dumps(value))
    return value if size <= NOTE_CHARS else {"too_long": size}


def plain(value, depth=4):
    """Return a value of strict JSON that is as near as can be."""
    match value:
        case None | bool():
            return value
        case int():
            return value if abs(value) < 2**63 else str(value)[:TEXT_CHARS]
        case float():
            return value if math.isfinite(value) else str(value)
        case dict() if depth:
            return {str(plain(str(key))): plain(one, depth - 1) for key, one in value.items()}
        case list() | tuple() if depth:
            return [plain(one, depth - 1) for one in value]
        case _:
            return str(value)[:TEXT_CHARS].encode("utf-8", "replace").decode()


async def read_request(first, reader):
    """Return method, target, headers and body of the request that begins with ``first``."""
    try:
        head = first + await reader.readuntil(b"\r\n\r\n")
    except asyncio.LimitOverrunError:
        raise BadRequestError(431, f"a head of more than {MAX_HEAD_BYTES} bytes") from None
    line, *fields = head.decode("latin-1").split("\r\n")[:-2]
    words = line.split(" ")
    if len(words) != 3 or not words[2].startswith("HTTP/1.") or not words[1].startswith("/"):
        raise BadRequestError(400, "no request line")
    headers = {}
    for one in fields:
        name, colon, value = one.partition(":")
        if not colon or name != name.strip():
            raise BadRequestError(400, "a header without a name")
        headers[name.lower()] = value.strip()
    if "transfer-encoding" in headers:
        raise BadRequestError(411, "a body without a length")
    length = headers.get("content-length", "0")
    if not (length.isascii() and length.isdigit() and len(length) < 10):
        raise BadRequestError(400, "no length")
    if int(length) > MAX_BODY_BYTES:
        raise BadRequestError(413, f"a body of {length} bytes")
    return words[0], words[1], headers, await reader.readexactly(int(length))


def head_of(reply, *, last):
    """Return the head, whose length is that of the whole body."""
    reason = http.HTTPStatus(reply.status).phrase
    fields = {**reply.headers, "Content-Length": len(reply.body)}
    fields["Connection"] = "close" if last else "keep-alive"
    lines = [f"HTTP/1.1 {reply.status} {reason}", *(f"{k}: {v}" for k, v in fields.items())]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def slices(body, over_s):
    """Yield (part, seconds to wait before it)."""
    if not over_s:
        yield body, 0.0
        return
    size = max(1, -(-len(body) // SLICES))
    parts = [body[start : start + size] for start in range(0, len(body), size)] or [b""]
    for part in parts:
        yield part, over_s / len(parts)
