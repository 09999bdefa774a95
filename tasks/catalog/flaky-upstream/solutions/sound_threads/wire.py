"""One HTTP request with a limit on the time of the whole: a socket, no connection kept."""

import json
import socket
import time
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Reply:
    status: int
    value: dict | None
    """The JSON object of a body that came whole, else None."""
    retry_after: float


def request(url, method, path, headers, payload, until):
    """Return the reply, or None if none came whole by `until` on the monotonic clock."""
    place = urlsplit(url)
    body = b"" if payload is None else json.dumps(payload).encode()
    lines = [f"{method} {path} HTTP/1.1", f"Host: {place.netloc}", "Connection: close"]
    if payload is not None:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    data = "\r\n".join([*lines, "", ""]).encode() + body
    try:
        with socket.create_connection((place.hostname, place.port), timeout=left(until)) as wire:
            wire.sendall(data)
            return parse(read_all(wire, until))
    except (OSError, ValueError):
        return None


def left(until):
    seconds = until - time.monotonic()
    if seconds <= 0:
        raise TimeoutError
    return seconds


def read_all(wire, until):
    """Read until the other side closes; time out on the whole."""
    parts = []
    while True:
        wire.settimeout(left(until))
        part = wire.recv(65536)
        if not part:
            return b"".join(parts)
        parts.append(part)


def parse(data):
    head, separator, body = data.partition(b"\r\n\r\n")
    if not separator:
        raise ValueError("no head")
    first, *rest = head.decode("latin-1").split("\r\n")
    fields = {name.lower(): value.strip() for name, _, value in (one.partition(":") for one in rest)}
    if len(body) != int(fields["content-length"]):
        raise ValueError("cut short")
    try:
        value = json.loads(body)
    except ValueError:
        value = None
    try:
        retry_after = max(0.0, float(fields.get("retry-after", "0")))
    except ValueError:
        retry_after = 0.0
    return Reply(int(first.split(" ")[1]), value if isinstance(value, dict) else None, retry_after)
