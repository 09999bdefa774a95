"""What the host makes of the frames that come back from calls."""

from __future__ import annotations

from typing import Any

import pytest

from graders.broker import MAX_LIVE_S, MAX_TIMEOUT_S, Broker
from graders.calls import (
    MAX_ANSWER_BYTES,
    MAX_WEIGHT_BYTES,
    RENEW_BYTES,
    Caller,
    CallRequest,
    CallState,
)
from sandbox.errors import GuestGoneError, GuestTimeoutError, SandboxError
from sandbox.frames import Frame, encode
from sandbox.model import MIB, ContainerSpec, Role


class Session:
    """Stands for a container whose process answers what it is told to."""

    def __init__(self, *answers: bytes | Frame | Exception) -> None:
        found = encode({"id": 0, "ok": None, "buffers": []})
        self.answers = iter([found, *answers])
        self.container = self
        self.ended = False
        self.out_of_memory = False

    def place(self, folder: str, files: Any) -> None:
        assert {name for name, _, _ in files} >= {"caller.py", "values.py", "wire.py"}

    def ask(self, header: dict[str, Any]) -> Frame:
        return Frame(header={"ok": header["op"] == "call_open"})

    def send(self, header: dict[str, Any], frames: bytes, *, timeout_s: float) -> None:
        assert header["op"] == "call"

    def receive(self, *, timeout_s: float) -> Frame:
        answer = next(self.answers)
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, Frame) else Frame(header={"t": "reply"}, body=answer)

    def end(self) -> None:
        self.ended = True


def returned(number: int, body: bytes = b"", **buffer: Any) -> bytes:
    buffers = [{"bytes": len(body), **buffer}] if buffer else []
    return encode({"id": number, "ok": {"$buffer": 0}, "buffers": buffers}, body)


def large(number: int, size: int = MAX_ANSWER_BYTES) -> bytes:
    return returned(number, bytes(size), dtype="|u1", shape=[size])


def call(session: Session, count: int = 2) -> tuple[list[str], list[str]]:
    outcomes = asked(Caller(session), count)  # type: ignore[arg-type]
    return [one.state.value for one in outcomes], [one.words for one in outcomes]


def asked(caller: Caller, count: int) -> list[Any]:
    ids = range(1, count + 1)
    request = CallRequest(function="lib:f", ids=ids, frames=b"", timeout_s=5, total_s=9)
    return caller.call(request)


def test_answers_may_come_cut_anywhere() -> None:
    stream = returned(1) + returned(2)
    states, _ = call(Session(stream[:11], stream[11:]))
    assert states == ["returned", "returned"]


@pytest.mark.parametrize(
    ("answers", "states", "words"),
    [
        ([returned(1), returned(1)], ["returned", "violation"], "call 1 instead of 2"),
        ([returned(1) + returned(2) + b"x"], ["returned", "violation"], "more came back"),
        ([returned(1) + returned(2) * 2], ["returned", "violation"], "more came back"),
        ([b"\xff" * 8], ["violation", "not_reached"], "beyond its cap"),
        ([encode({"id": 1})], ["violation", "not_reached"], "breaks the protocol"),
        ([returned(1, b"1", dtype="<i8", shape=[1])], ["violation", "not_reached"], "contradict"),
        ([GuestTimeoutError("late")], ["timed_out", "not_reached"], "no answer after"),
        (
            [returned(1), Frame(header={"t": "call_ended", "code": 3}, body=b"why")],
            ["returned", "ended"],
            "exit code 3 why",
        ),
        (
            [Frame(header={"t": "call_ended", "code": None, "signal": 9, "oom_kills": 1})],
            ["out_of_memory", "not_reached"],
            "signal 9",
        ),
    ],
)  # fmt: skip
def test_every_fault_is_a_value(answers: list[Any], states: list[str], words: str) -> None:
    session = Session(*answers)
    found, said = call(session)
    assert found == states
    assert words in " ".join(said)
    assert session.ended


def test_a_container_that_ends_for_no_reason_is_the_machines() -> None:
    with pytest.raises(SandboxError, match="from outside"):
        call(Session(GuestGoneError("gone")))


@pytest.mark.parametrize(
    "answer",
    [
        large,
        lambda n: returned(n, bytes(4 * 500_000), dtype="text", shape=[500_000]),
        lambda n: encode({"id": n, "ok": "x" * 1_000_000, "buffers": []}),
    ],
    ids=["arrays", "empty strings", "JSON"],
)
def test_answers_that_would_fill_the_graders_memory_end_the_call(answer: Any) -> None:
    session = Session(*map(answer, range(1, 20)))
    states, words = call(session, 19)
    assert states[0] == "returned"
    assert CallState.VIOLATION in states
    assert states[-1] == "not_reached"
    assert f"more than {MAX_WEIGHT_BYTES} bytes of memory" in " ".join(words)


def test_a_container_that_gave_much_is_ended_between_requests() -> None:
    session = Session(*(large(1) for _ in range(6)))
    caller = Caller(session)  # type: ignore[arg-type]
    served = 0
    while caller.usable:
        assert asked(caller, 1)[0].state is CallState.RETURNED
        served += 1
    assert served == RENEW_BYTES // MAX_ANSWER_BYTES
    most = RENEW_BYTES + MAX_WEIGHT_BYTES + 2 * MAX_ANSWER_BYTES
    spec = ContainerSpec(role=Role.CANDIDATE, image="any", command=())
    assert most + MIB < spec.max_stream_bytes


def test_all_live_code_together_has_a_limit() -> None:
    broker = Broker(None, None)  # type: ignore[arg-type]
    assert broker._at_most(5) == 5
    assert broker._at_most(10**6) == MAX_TIMEOUT_S
    broker.seconds = MAX_LIVE_S - 2
    assert broker._at_most(5) == 2
    broker.seconds = MAX_LIVE_S + 2
    assert broker._at_most(5) == 0
