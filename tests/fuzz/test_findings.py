"""What the search found between modules, each with its honest twin.

Findings inside one module stand beside that module's tests.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pandas as pd
import pytest
from call_targets import answer, bare, converse, hand_over
from data_targets import Claims
from inside import plugin
from intake_targets import read_archive, zip_of

from graders.calls import CallState
from graders.evidence import ExitKind
from graders.session import CandidateSession, Command
from sandbox.errors import GuestProtocolError, SandboxError
from sandbox.frames import Frame
from sandbox.model import Limits

if TYPE_CHECKING:
    from sandbox.base import Sandbox

DONE = {"t": "done", "code": 0, "signal": None, "leftovers": 0}


def session_of(*claims: tuple[dict[str, object], bytes]) -> CandidateSession:
    frames = [Frame(header=header, body=body) for header, body in claims]
    container = Claims(frames, out_of_memory=False)
    return CandidateSession(
        cast("Sandbox", SimpleNamespace(start=lambda _spec: container)),
        image="image",
        limits=Limits(output_bytes=10),
        input_bytes=0,
        run_id="run",
    )


def file_of(**changes: object) -> dict[str, object]:
    return {"t": "file", "path": "submission/out.csv", "state": "ok", "size": 1, **changes}


def test_a_collected_file_is_told_as_it_came() -> None:
    (item,) = session_of((file_of(size=99), b"a")).collect([("out.csv", 1)])
    assert (item.state, item.size, item.content) == ("ok", 1, b"a")
    (item,) = session_of((file_of(state="too_large", size=99), b"")).collect([("out.csv", 1)])
    assert (item.state, item.size) == ("too_large", 99)


@pytest.mark.parametrize("state", ["perfect", "", None, 1, ["ok"], {}])
def test_a_file_of_no_known_state_breaks_the_protocol(state: object) -> None:
    with pytest.raises(GuestProtocolError):
        session_of((file_of(state=state), b"")).collect([("out.csv", 1)])


def test_output_up_to_the_limit_is_kept() -> None:
    result = session_of(
        ({"t": "out", "fd": 1}, b"12345"), ({"t": "out", "fd": 2}, b"67890"), (DONE, b"")
    ).run(Command(argv=("true",), wall_time_s=1.0))
    assert (result.stdout, result.stderr) == (b"12345", b"67890")
    assert result.exit_kind is ExitKind.EXITED


def test_more_output_than_the_guest_may_pass_on_breaks_the_protocol() -> None:
    session = session_of(
        ({"t": "out", "fd": 1}, b"12345"), ({"t": "out", "fd": 2}, b"678901"), (DONE, b"")
    )
    with pytest.raises(GuestProtocolError, match="more output"):
        session.run(Command(argv=("true",), wall_time_s=1.0))


@pytest.mark.parametrize("leftovers", [-1, True, "9", None, [1]])
def test_what_is_no_count_counts_nothing(leftovers: object) -> None:
    session = session_of(({**DONE, "leftovers": leftovers}, b""))
    assert session.run(Command(argv=("true",), wall_time_s=1.0)).leftover_processes == 0


def test_what_could_not_be_put_is_said_in_few_words() -> None:
    session = session_of(({"t": "put_failed", "path": "p" * 100_000, "reason": "full"}, b""))
    with pytest.raises(SandboxError) as caught:
        session.sync()
    assert len(str(caught.value)) < 1000


@pytest.mark.parametrize(
    ("name", "is_taken"), [("top/data/x", True), ("top/C:/x", False), ("top/data/C:x", False)]
)
def test_no_path_becomes_a_drive_when_the_top_folder_is_taken_off(
    name: str, is_taken: bool
) -> None:
    _, snapshot = read_archive(zip_of([(name, b"1")]), "zip")
    assert (snapshot is not None) is is_taken


@pytest.mark.parametrize(
    ("words", "detail"), [("rows: 3 is not 4", "rows: 3 is not 4"), ("x\ud800y", "x?y")]
)
def test_half_a_character_in_a_failure_does_not_cost_the_verdict(words: str, detail: str) -> None:
    job: Any = SimpleNamespace(expected={"rows": "test_rows.py"}, service=None)
    grade = plugin.GradePlugin(job, channel=None)
    grade._record("rows", "failed", words, 0.1)
    (row,) = grade.results()
    assert row["detail"] == detail


# --- calls of the candidate's functions ----------------------------------------------------------


def table_of(rows: int, **changes: object) -> dict[str, object]:
    return {"$table": {"columns": [], "rows": rows, "index": None, **changes}}


def state_of(frame: bytes) -> str:
    (outcome, *_) = converse([Frame(header={"t": "reply"}, body=frame)], ids=(1,))
    (call,) = hand_over([outcome], allow_nan=False)
    return str(call.state)


def test_a_buffer_is_named_once() -> None:
    one = {"dtype": "<f8", "shape": [1], "bytes": 8}
    twice = [{"$buffer": 0}, {"$buffer": 0}]
    both = [{"$buffer": 0}, {"$buffer": 1}]
    assert state_of(bare(ok=both, buffers=[one, one], body=bytes(16))) == "returned"
    assert state_of(bare(ok=twice, buffers=[one], body=bytes(8))) == "violation"


def test_a_table_without_columns_is_no_longer_than_may_be() -> None:
    assert state_of(bare(ok=table_of(9), buffers=[])) == "returned"
    assert state_of(bare(ok=table_of(1 << 62), buffers=[])) == "violation"


def test_no_strings_are_strings_too() -> None:
    for empty in (pd.Series([], dtype=object), pd.DataFrame({"a": pd.Series([], dtype=object)})):
        assert state_of(answer(empty)) == "returned"


def test_nonsense_of_the_guest_in_a_call_is_the_call_s() -> None:
    (outcome,) = converse([Frame(header={"t": "out", "fd": 1})], ids=(1,))
    assert outcome.state is CallState.VIOLATION
