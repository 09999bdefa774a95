"""What the candidate's own code writes when its functions are called: frames, answers, values."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final, cast

import numpy as np
import pandas as pd
from data_targets import Claims
from inside import calls, live_candidate, values
from intake_targets import frames_of

from graders.calls import CallOutcome, CallRequest, CallState, _Conversation
from sandbox.frames import Frame, encode, encode_raw

if TYPE_CHECKING:
    from collections.abc import Sequence

    from graders.session import CandidateSession

IDS: Final = (1, 2)


def converse(replies: Sequence[Frame], ids: Sequence[int] = IDS) -> list[CallOutcome]:
    """Return the outcomes of calls that are answered by frames of the guest's."""
    container = Claims(replies, out_of_memory=True)
    session = SimpleNamespace(container=container, out_of_memory=True, end=lambda: None)
    request = CallRequest(function="m:f", ids=ids, frames=b"", timeout_s=9.0, total_s=9.0)
    conversation = _Conversation(cast("CandidateSession", session), request)
    fault = conversation.run()
    return [*conversation.outcomes, *([fault] if fault else [])]


def hand_over(outcomes: Sequence[CallOutcome], *, allow_nan: bool) -> list[Any]:
    """Return the calls as hidden tests see them."""
    rows = [[o.state.value, o.words, o.seconds, len(o.head), len(o.body)] for o in outcomes]
    body = b"".join(part for one in outcomes for part in (one.head, one.body))
    return list(live_candidate.read_calls(rows, memoryview(body), allow_nan))


def check_call(data: bytes) -> None:
    """Whatever the code answers is a call with an outcome, and no value is larger than its bytes.

    The first byte says in what pieces the bytes come.
    """
    step, stream = (4 * data[0] or 1, data[1:]) if data else (1, b"")
    pieces = [stream[at : at + step] for at in range(0, len(stream), step)]
    outcomes = converse([Frame(header={"t": "reply"}, body=piece) for piece in pieces])
    assert 0 < len(outcomes) <= len(IDS)
    for outcome in outcomes:
        assert (outcome.state is CallState.RETURNED) == bool(outcome.head)
        assert len(outcome.words) < 1000
    for allow_nan in (False, True):
        for call in hand_over(outcomes, allow_nan=allow_nan):
            assert call.state in set(CallState)
            assert size_of(call.result) <= 60 * len(data) + 1000
    count_frames(stream, pieces)


def count_frames(stream: bytes, pieces: Sequence[bytes]) -> None:
    """The guest counts frames as they come as it does in one."""
    whole, cut = calls.FrameCounter(1000), calls.FrameCounter(1000)
    whole.feed(stream)
    for piece in pieces:
        cut.feed(piece)
    assert (whole.seen, whole.too_large) == (cut.seen, cut.too_large)


def size_of(value: object) -> int:
    """Return about how many bytes a value takes."""
    match value:
        case np.ndarray():
            return 8 * value.size + sum(map(size_of, value)) if value.dtype == "O" else value.nbytes
        case pd.DataFrame():
            return len(value) + sum(size_of(value[name].to_numpy()) for name in value.columns)
        case pd.Series():
            return size_of(value.to_numpy())
        case list() | tuple():
            return 8 + sum(8 + size_of(item) for item in value)
        case dict():
            return 8 + sum(8 + size_of(key) + size_of(item) for key, item in value.items())
        case str() | bytes():
            return len(value)
        case _:
            return 8


def answer(value: object, id: int = 1) -> bytes:
    """Return the frame of an answer."""
    return encode_raw(*values.pack({"id": id}, ok=value))


def bare(body: bytes = b"", **head: object) -> bytes:
    """Return a frame with a head of one's own."""
    return encode({"id": 1, **head}, body)


def seeds_call() -> list[bytes]:
    table = pd.DataFrame({"a": [1.5, float("nan")], "b": ["x", None], "c": [True, False]})
    honest = [
        None, 5, 1.5, float("inf"), "é", b"ab", [1, [2]], (1, 2), {"a": 1}, {1: "x"},
        np.arange(6).reshape(2, 3), np.zeros((0, 3)), table, table.set_index("a"), table["b"],
        pd.Series(pd.to_datetime(["2026-01-02", "NaT"])), pd.Series([], dtype=object),
    ]  # fmt: skip
    eight = {"dtype": "<f8", "shape": [1], "bytes": 8}
    thousand = {"dtype": "<f8", "shape": [1000], "bytes": 8000}
    wrong_table = {"columns": [["a", 0]], "rows": 9, "index": None}
    strings = {"dtype": "text", "shape": [2], "bytes": 9}
    hostile = [
        bare(ok={"$buffer": 0}, buffers=[{**eight, "shape": [2]}], body=bytes(8)),
        bare(ok=[{"$buffer": 0}] * 200, buffers=[thousand], body=bytes(8000)),
        bare(ok={"$table": {"columns": [], "rows": 1 << 62, "index": None}}, buffers=[]),
        bare(ok={"$table": wrong_table}, buffers=[eight], body=bytes(8)),
        bare(ok={"$series": [["x"], 0]}, buffers=[eight], body=bytes(8)),
        bare(ok={"$dict": [[[1], 2]]}, buffers=[]),
        bare(ok={"$float": "1"}, buffers=[]),
        bare(ok={"$pickle": "x"}, buffers=[]),
        bare(ok={"$buffer": 0}, buffers=[strings], body=b"\1\0\0\0\xff\xff\xff\xffx"),
        bare(ok={"$buffer": 0}, buffers=[{**eight, "shape": [0] + [1 << 26] * 7, "bytes": 0}]),
        bare(raised={"type": "ValueError", "text": "x"}, buffers=[]),
        bare(unusable="a set", buffers=[]),
        bare(ok=1, raised={"type": "x", "text": "y"}, buffers=[]),
    ]  # fmt: skip
    return [
        *(b"\0" + answer(value) for value in honest),
        *(b"\2" + one for one in hostile),
        b"\3" + answer(1) + answer(2, 2),
        b"\3" + answer(1) + answer(2, 1),
        b"\3" + answer(1) + answer(2, 2) + b"more",
    ]


def check_relay(data: bytes) -> None:
    """Whatever the guest says of a call is an outcome."""
    for outcome in converse(frames_of(data)):
        assert outcome.state in set(CallState)
        assert len(outcome.words) < 1000


def seeds_relay() -> list[bytes]:
    return [
        b'{"t":"call_ended","code":1,"signal":null,"oom_kills":0,"body":"Traceback"}\n',
        b'{"t":"call_ended","code":{"a":1},"signal":"x","oom_kills":1}\n',
        b'{"t":"reply","body":"x"}\n{"t":"stall"}\n',
        b'{"t":"out","fd":1}\n',
    ]
