"""What a task's ``upstream.py`` may import: requests, replies with faults, a bucket, a ledger.

Standard library only. The handler is called for one request at a time, so nothing here locks.
"""

import json
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit

import strict_json


@dataclass(frozen=True)
class Request:
    """One whole request, within the server's caps; everything in it is the candidate's word."""

    number: int
    """From 1, in the order in which requests were read to their end."""
    at: float
    """Seconds since the run began, on the stub's clock."""
    method: str
    target: str
    """Path and query as they came."""
    headers: dict
    """By lower-case name; of a header that came twice the last."""
    body: bytes = b""

    @property
    def path(self):
        """The path, decoded."""
        return unquote(urlsplit(self.target).path)

    @property
    def query(self):
        """The query's values by name; of a name that came twice the last."""
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))

    def json(self):
        """Return the body as strict JSON, or None where it is none."""
        try:
            return strict_json.loads(self.body)
        except strict_json.StrictJsonError:
            return None


@dataclass(frozen=True)
class Reply:
    """One reply, and what is wrong with it."""

    status: int = 200
    body: bytes = b""
    headers: dict = field(default_factory=dict)
    delay_s: float = 0.0
    """Before the first byte."""
    over_s: float = 0.0
    """Over which the body trickles out."""
    cut_at: int | None = None
    """After so many bytes of the body the connection ends; the length promises all of it."""
    drop: bool = False
    """The connection ends without a reply."""
    note: dict = field(default_factory=dict)
    """The author's words on this request, for the log: JSON."""

    @classmethod
    def of(cls, value, status=200, **more):
        """Return a reply whose body is JSON."""
        headers = {"Content-Type": "application/json", **more.pop("headers", {})}
        return cls(status=status, body=json.dumps(value).encode(), headers=headers, **more)


class TokenBucket:
    """A limit on requests: so many a second, and so many at once."""

    def __init__(self, rate, burst):
        self._rate, self._burst = rate, burst
        self._tokens, self._at = float(burst), 0.0

    def take(self, now):
        """Take a token; return 0.0, or the seconds until there is one."""
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self._rate)
        self._at = now
        if self._tokens >= 1:
            self._tokens -= 1
            return 0.0
        return (1 - self._tokens) / self._rate


class Ledger:
    """What was accepted under which idempotency key, and every effect it had."""

    def __init__(self):
        self._kept = {}
        self.effects = []
        """The value of each acceptance that had an effect, in order."""

    def accept(self, key, value):
        """Take a value under a key (None: without one) and say what that was.

        ``new`` had an effect, ``again`` had none (the same key and value), ``conflict`` had none
        (the key stands for another value).
        """
        if key is not None and key in self._kept:
            return "again" if self._kept[key] == value else "conflict"
        if key is not None:
            self._kept[key] = value
        self.effects.append(value)
        return "new"
