"""A small HTTP/1.1 server on asyncio streams, with just the two endpoints."""

import argparse
import asyncio
import atexit
import json
import os
import pathlib

from scorecard import Refused, Scorecard

MAX_BODY_BYTES = 4 * 1024 * 1024
IDLE_S = 60
LOCK = pathlib.Path("service.lock")
REASONS = {200: "OK", 400: "Bad Request", 404: "Not Found", 413: "Content Too Large", 422: "Unprocessable Content"}


class Server:
    def __init__(self, card):
        self.card = card

    async def serve_client(self, reader, writer):
        try:
            while await self.serve_one(reader, writer):
                pass
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, TimeoutError, ConnectionError):
            pass  # the client left, or speaks no HTTP
        finally:
            writer.close()

    async def serve_one(self, reader, writer):
        """Answer one request; returns whether the connection stays open."""
        async with asyncio.timeout(IDLE_S):
            head = await reader.readuntil(b"\r\n\r\n")
            method, path, headers = parse_head(head)
            length = int(headers.get("content-length", "0"))
            if length > MAX_BODY_BYTES:
                await send(writer, 413, {"detail": "body too large"}, keep=False)
                return False
            body = await reader.readexactly(length)
        keep = headers.get("connection", "").lower() != "close"
        status, document = self.respond(method, path, body)
        await send(writer, status, document, keep)
        return keep

    def respond(self, method, path, body):
        if (method, path) == ("GET", "/healthz"):
            return 200, {"status": "ready"}
        if (method, path) != ("POST", "/predict"):
            return 404, {"detail": "no such endpoint"}
        try:
            return 200, {"predictions": self.card.answer(body)}
        except Refused as refused:
            return refused.status, {"detail": str(refused)}


def parse_head(head):
    first, *lines = head.decode("latin-1").split("\r\n")
    method, path, _ = first.split(" ", 2)
    pairs = (line.partition(":") for line in lines if line)
    return method, path, {name.strip().lower(): value.strip() for name, _, value in pairs}


async def send(writer, status, document, keep):
    body = json.dumps(document).encode()
    head = (
        f"HTTP/1.1 {status} {REASONS[status]}\r\n"
        "Content-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n"
        f"Connection: {'keep-alive' if keep else 'close'}\r\n\r\n"
    )
    writer.write(head.encode() + body)
    await writer.drain()


def lock():
    """Refuse to start beside another instance."""
    try:
        os.close(os.open(LOCK, os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        raise SystemExit(f"{LOCK} exists: the service already runs") from None
    atexit.register(LOCK.unlink)


async def run(port, card):
    server = await asyncio.start_server(Server(card).serve_client, "127.0.0.1", port)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=pathlib.Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    args = parser.parse_args()
    lock()
    asyncio.run(run(args.port, Scorecard(json.loads(args.model.read_text()))))
