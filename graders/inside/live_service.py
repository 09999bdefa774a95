"""The fixture `service`: the candidate's service, over the shared loopback."""

import contextlib
import json
import threading
import time
from dataclasses import dataclass, field, replace

import numpy as np
import strict_json
from http_exchange import ClosedError, HttpError, Wire, exchange
from live_candidate import stats_of
from worksample_checks import NotRun

MAX_LOAD_BYTES = 256 << 20
"""What is kept of all answers of one load test together."""
POLL_S = 0.05
LOOK_S = 0.5
"""Between looks at whether the process still runs."""


@dataclass(frozen=True)
class Response:
    """One HTTP response; status 0 when there was none."""

    status: int
    headers: dict
    body: bytes
    seconds: float
    error: str = ""

    def json(self):
        """Return the body as strict JSON; anything else fails the check."""
        try:
            return strict_json.loads(self.body)
        except strict_json.StrictJsonError as error:
            raise AssertionError(f"the body is {error}") from None


class Connection:
    """A keep-alive HTTP/1.1 client: no redirects, a capped body, a deadline on the whole."""

    def __init__(self, port):
        self._port = port
        self._wire = None

    def request(self, method, path, body=b"", headers=None, timeout_s=5.0):
        started = time.monotonic()
        try:
            reply = self._exchange(method, path, body, headers or {}, started + timeout_s)
        except (OSError, HttpError) as error:
            self.close()
            seconds = time.monotonic() - started
            words = str(error) or type(error).__name__
            return Response(status=0, headers={}, body=b"", seconds=seconds, error=words[:200])
        if not reply.stays_open:
            self.close()
        seconds = time.monotonic() - started
        return Response(
            status=reply.status, headers=reply.headers, body=reply.body, seconds=seconds
        )

    def _exchange(self, method, path, body, headers, deadline):
        """Ask on the open connection, or on a new one if the service has closed that meanwhile."""
        fields = {"Host": f"127.0.0.1:{self._port}", "Accept-Encoding": "identity", **headers}
        if method != "GET":
            fields["Content-Length"] = str(len(body))
        if self._wire is not None and self._wire.is_quiet:
            self._wire.deadline = deadline
            with contextlib.suppress(ClosedError, BrokenPipeError, ConnectionResetError):
                return exchange(self._wire, method, path, fields, body)
        self.close()
        self._wire = Wire(self._port, deadline)
        return exchange(self._wire, method, path, fields, body)

    def close(self):
        if self._wire is not None:
            self._wire.close()
            self._wire = None


@dataclass
class Load:
    """The outcome of a load test."""

    seconds: np.ndarray
    statuses: list
    responses: list = field(repr=False, default_factory=list)
    wall_time_s: float = 0.0

    def quantile(self, q):
        return float(np.quantile(self.seconds, q))


class _Kept:
    """Bounds what the answers of one load test may take of this container's memory."""

    def __init__(self):
        self._left = MAX_LOAD_BYTES

    def within(self, response):
        """Return the response, or what takes its place once there were too many bytes."""
        self._left -= len(response.body) + sum(len(value) for value in response.headers.values())
        if self._left >= 0:
            return response
        words = f"the answers of this load test have more than {MAX_LOAD_BYTES} bytes together"
        return replace(response, status=0, headers={}, body=b"", error=words)


class Service:
    """The candidate's service, over the shared loopback."""

    def __init__(self, remote, facts):
        self._remote = remote
        self._facts = facts
        self._connection = Connection(facts["port"])
        self.started = False

    def start(self):
        header, _ = self._remote.ask("service_start")
        if header["state"] == "not_started":
            raise NotRun(header["reason"])
        self.started = True

    def wait_ready(self):
        """Return the seconds until the service was ready; fail the check if it never will be."""
        started = looked = time.monotonic()
        limit_s = self._facts["ready_timeout_s"]
        while True:
            response = self.get(self._facts["ready_path"], timeout_s=2.0)
            now = time.monotonic()
            if response.status == 200:
                return now - started
            is_over = now - started >= limit_s
            if is_over or now - looked >= LOOK_S:
                looked = now
                state = stats_of(self._remote)
                if is_over or has_failed(state):
                    break
            time.sleep(POLL_S)
        within = f" within {limit_s:g} s" if is_over else ""
        last = f"status {response.status}" if response.status else response.error
        output = state.get("output", "").strip()[-500:]
        raise AssertionError(
            f"the service was not ready{within} ({last}; {in_words(state)}) {output}".strip()
        )

    def get(self, path, timeout_s=5.0):
        return self._connection.request("GET", path, timeout_s=timeout_s)

    def post(self, path, json=None, body=None, headers=None, timeout_s=5.0):
        body, headers = encode_body(json, body, headers)
        return self._connection.request("POST", path, body, headers, timeout_s)

    def load(self, path, payloads, clients=4, timeout_s=5.0):
        """Send all payloads (JSON values or bytes) with several clients; keep their order."""
        bodies = [
            encode_body(
                None if isinstance(p, bytes) else p, p if isinstance(p, bytes) else None, None
            )
            for p in payloads
        ]
        results = [None] * len(bodies)
        positions = iter(range(len(bodies)))
        lock = threading.Lock()
        kept = _Kept()

        def work():
            connection = Connection(self._facts["port"])
            while True:
                with lock:
                    position = next(positions, None)
                if position is None:
                    connection.close()
                    return
                body, headers = bodies[position]
                response = connection.request("POST", path, body, headers, timeout_s)
                with lock:
                    results[position] = kept.within(response)

        started = time.monotonic()
        threads = [threading.Thread(target=work) for _ in range(clients)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return Load(
            seconds=np.array([result.seconds for result in results]),
            statuses=[result.status for result in results],
            responses=results,
            wall_time_s=time.monotonic() - started,
        )

    def kill(self):
        self._connection.close()
        self._remote.ask("service_kill")

    def restart(self):
        self.kill()
        self.start()

    def stats(self):
        return stats_of(self._remote)

    def has_failed(self):
        """Tell whether the started process has ended with a failure: it will not get ready."""
        return has_failed(self.stats())


def has_failed(state):
    """Tell whether the started process has ended with a failure.

    One that ended well may have left the service to a child.
    """
    return not state.get("running") and bool(state.get("exit_code") or state.get("signal"))


def in_words(state):
    if state.get("running"):
        return "it runs"
    if state.get("signal"):
        return f"its process was ended by signal {state['signal']}"
    code = state.get("exit_code")
    return "its process has ended" + (f" with code {code}" if code is not None else "")


def encode_body(value, body, headers):
    headers = dict(headers or {})
    if body is None:
        body = json.dumps(value).encode()
    headers.setdefault("Content-Type", "application/json")
    return body, headers
