"""The fixture `candidate`: the candidate's code, from a distance."""

import threading
from dataclasses import dataclass, field, replace

import strict_json
import values
import wire


class Remote:
    """Asks the host, one question at a time. What comes back is a value, never an exception."""

    def __init__(self, channel):
        self._channel = channel
        self._lock = threading.Lock()
        self._last = 0

    def ask(self, op, body=b"", **more):
        with self._lock:
            self._last += 1
            self._channel.write({"t": "ask", "id": self._last, "op": op, **more}, body)
            header, answer = self._channel.read()
        if header["id"] != self._last:
            raise RuntimeError("the host answered another question")
        return header, answer


@dataclass(frozen=True)
class RemoteRun:
    """How a command in the candidate container went."""

    exit_kind: str
    exit_code: int | None
    wall_time_s: float
    stdout: str
    stderr: str

    @property
    def finished(self):
        return self.exit_kind == "exited" and self.exit_code == 0


@dataclass(frozen=True)
class Call:
    """What became of one call of a function of the candidate's."""

    state: str
    """One of graders.calls.CallState."""
    words: str
    seconds: float
    """On the host's clock, there and back."""
    result: object = field(default=None, repr=False)

    @property
    def returned(self):
        return self.state == "returned"

    @property
    def value(self):
        """Return what the function returned; fail the check if it did not."""
        if not self.returned:
            raise AssertionError(f"the function gave no value: {self.state}, {self.words}")
        return self.result


@dataclass(frozen=True)
class Terms:
    """On what terms functions are called."""

    scenario: str
    timeout_s: float
    """For each call; the first of a process may take longer, for its imports."""
    total_s: float
    """For all calls in one message."""
    allow_nan: bool
    """Whether a value may hold numbers that are missing or not finite."""
    keep_args: bool = False
    """Whether a value is a tuple of what was returned and the arguments as they are afterwards."""


class Function:
    """A function of the candidate's, called from a distance."""

    def __init__(self, candidate, name, terms):
        self._candidate, self._name, self._terms = candidate, name, terms

    def __call__(self, *args, **kwargs):
        """Return what the function returns; fail the check if it does not."""
        return self.call(*args, **kwargs).value

    def call(self, *args, **kwargs):
        """Return a :class:`Call`: a crash or a hang is a value, too."""
        return self._candidate.make_calls(self._name, [(args, kwargs)], self._terms)[0]

    def map(self, items):
        """Call once for each item, its only argument, all in one message."""
        return self.starmap([(item,) for item in items])

    def starmap(self, items):
        """Call once for each tuple of arguments, all in one message."""
        calls = [(tuple(item), {}) for item in items]
        return self._candidate.make_calls(self._name, calls, self._terms) if calls else []

    def with_arguments(self):
        """Return one whose values are pairs: what was returned, and the tuple of its arguments,
        as they are after the call."""
        return Function(self._candidate, self._name, replace(self._terms, keep_args=True))


class Candidate:
    """Remote control of a live candidate container."""

    def __init__(self, remote):
        self._remote = remote
        self._calls = 0

    def function(self, name, *, scenario="public", timeout_s=5.0, total_s=60.0, allow_nan=False):
        """Return a stand-in for ``module:function`` of the candidate's."""
        return Function(self, name, Terms(scenario, timeout_s, total_s, allow_nan))

    def call(self, name, *args, **kwargs):
        """Call ``module:function`` once, on the usual terms, and return a :class:`Call`."""
        return self.function(name).call(*args, **kwargs)

    def make_calls(self, name, arguments, terms):
        """Make one call for each (args, kwargs), all in one message."""
        first = self._calls + 1
        frames = []
        for args, kwargs in arguments:
            self._calls += 1
            head = {"id": self._calls, "function": name}
            if terms.keep_args:
                head["keep_args"] = True
            frames.append(wire.frame(*values.pack(head, args=list(args), kwargs=kwargs)))
        header, body = self._remote.ask(
            "call", b"".join(frames), function=name, first=first, count=len(frames),
            scenario=terms.scenario, timeout_s=terms.timeout_s, total_s=terms.total_s,
        )  # fmt: skip
        return list(read_calls(header["calls"], memoryview(body), terms.allow_nan))

    def run(self, command, scenario="public", timeout_s=10.0, stdin=b""):
        header, body = self._remote.ask(
            "run", stdin, argv=list(command), scenario=scenario, timeout_s=timeout_s
        )
        cut = header["stdout_bytes"]
        return RemoteRun(
            exit_kind=header["exit_kind"],
            exit_code=header["exit_code"],
            wall_time_s=header["wall_time_s"],
            stdout=body[:cut].decode("utf-8", "replace"),
            stderr=body[cut:].decode("utf-8", "replace"),
        )

    def put(self, path, content, scenario="public"):
        header, _ = self._remote.ask("put", content, path=path, scenario=scenario)
        if "refused" in header:
            raise AssertionError(header["refused"])

    def fetch(self, path, scenario="public"):
        header, body = self._remote.ask("fetch", path=path, scenario=scenario)
        return body if header["state"] == "ok" else None

    def kill(self, scenario="public"):
        self._remote.ask("kill", scenario=scenario)

    def restart(self, scenario="public"):
        self._remote.ask("restart", scenario=scenario)

    def stats(self, scenario="public"):
        return stats_of(self._remote, scenario)


def stats_of(remote, scenario="public"):
    header, _ = remote.ask("stats", scenario=scenario)
    return {key: value for key, value in header.items() if key not in ("t", "id")}


def read_calls(rows, body, allow_nan):
    """Yield the calls that the host answered for; their values were checked there for form."""
    for state, words, seconds, head_bytes, body_bytes in rows:
        raw, rest = bytes(body[:head_bytes]), body[head_bytes:]
        value, body = rest[:body_bytes], rest[body_bytes:]
        if state != "returned":
            yield Call(state, words, seconds)
            continue
        try:
            head = strict_json.loads_object(raw)
            result = values.unpack(head, value, "ok", allow_nan=allow_nan)
        except values.NotFiniteError as error:
            yield Call("unusable", str(error), seconds)
        except values.ValueRefusedError as error:
            yield Call("violation", str(error), seconds)
        else:
            yield Call(state, words, seconds, result)
