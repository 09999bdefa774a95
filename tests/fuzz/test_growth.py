"""Time and memory grow with the input and no faster: what a few bytes cost is bounded.

Each input would take minutes or gigabytes where a parser goes back, tries again or makes copies.
Seconds are of this process alone, so that a busy machine changes nothing.
"""

from __future__ import annotations

import time
import tracemalloc
from typing import TYPE_CHECKING, cast

import pytest
from http_targets import ask, respond
from inside import worksample_checks
from intake_targets import Replay

from graders import writeup
from graders.executed import ExecutedRefusedError, read_executed
from runner.intake import archive, repository
from runner.intake.draft import Draft
from runner.intake.rules import MAX_ENTRIES
from runner.intake.snapshot import SourceKind
from runner.report.markdown import safe_markdown
from sandbox import stream
from sandbox.errors import GuestProtocolError
from sandbox.frames import Frame, encode
from sandbox.model import ContainerSpec, Role
from sandbox.strict_json import MAX_VALUES, StrictJsonError, loads

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runner.intake.reader import Reader

LIMIT_S = 20.0


@pytest.fixture(autouse=True)
def cpu_time() -> Iterator[None]:
    started = time.process_time()
    yield
    assert time.process_time() - started < LIMIT_S


def test_a_string_that_does_not_end_is_read_once() -> None:
    with pytest.raises(StrictJsonError, match="Unterminated"):
        loads(b'"' + b'\\"' * 200_000)


def test_a_long_string_takes_no_more_than_its_length() -> None:
    raw = b'"' + b"x" * 1_000_000 + b'"'
    tracemalloc.start()
    try:
        assert loads(raw) == "x" * 1_000_000
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()


def test_many_small_values_are_refused_before_they_are_made() -> None:
    raw = b"[" + b"[]," * (MAX_VALUES // 2 + 1) + b"[]]"
    with pytest.raises(StrictJsonError, match="more than 5000000 values"):
        loads(raw)


def test_a_table_of_small_values_is_read() -> None:
    assert len(loads(b"[" + b"0," * 300_000 + b"0]")) == 300_001  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "line", ["# a" + " " * 200_000 + "b", "#" + " #" * 100_000, "# " * 100_000]
)
def test_a_heading_is_read_once(line: str) -> None:
    assert writeup.parse(line).sections[-1].heading


@pytest.mark.parametrize("blanks", [" " * 60_000, " b" * 30_000, "\t" * 60_000])
def test_a_header_is_read_once(blanks: str) -> None:
    reply, _ = ask(respond(f"A: a{blanks}b", "Content-Length: 0"), 1 << 16)
    assert reply.headers["a"] == f"a{blanks}b"


def test_a_claim_is_read_once() -> None:
    lines = ("---", "claims:", "  a" + " " * 200_000 + "b", "  c:" + " " * 20_000 + "1", "---")
    parsed = writeup.parse("\n".join(lines))
    assert parsed.claims == {"c": 1.0}


def test_one_source_is_not_told_a_million_times() -> None:
    cell = b'{"index":0,"text":"","png":[],"error":null,"seconds":0}'
    raw = b'{"stopped":"","cells":[' + b",".join([cell] * 10_000) + b"]}"
    with pytest.raises(ExecutedRefusedError):
        read_executed(raw, [(0, "x" * 1_000_000)])


def test_tables_are_filled_up_only_so_far() -> None:
    table = "|a" * 100 + "|\n" + "|-" * 100 + "|\n" + "|b\n" * 100 + "\n"
    page = safe_markdown(table * 300)
    assert len(page) < 1_000_000
    assert page.count("<table>") < 5


def test_many_small_tables_are_tables() -> None:
    assert safe_markdown("|a|b|\n|-|-|\n|1|2|\n\n" * 200).count("<table>") == 200


@pytest.mark.parametrize("piece", ["**a *", "[a](<", "~~a ", "``a", "[a]: b\n", "|a", "> ", "<a"])
def test_markdown_of_repeated_pieces_ends(piece: str) -> None:
    safe_markdown(piece * (40_000 // len(piece)))


def test_cells_are_counted_while_they_are_read() -> None:
    raw = b"a,b\n" + (b"," * 999 + b"\n") * (worksample_checks.MAX_CELLS // 1000 + 1)
    with pytest.raises(worksample_checks.DeliverableError, match="more than 10000000 cells"):
        worksample_checks.read_csv(raw, "out.csv")


def test_a_reader_fails_once() -> None:
    frames = [
        Frame(header={"t": "failed", "reason": "corrupt", "detail": str(number)})
        for number in range(1000)
    ]
    for receive in (archive._receive, repository._receive):
        draft = Draft(SourceKind.GIT)
        receive(cast("Reader", Replay(frames)), draft)
        assert len(draft.problems) == 1


@pytest.mark.parametrize(("count", "is_too_many"), [(1000, False), (1001, True)])
def test_frames_that_nobody_receives_are_counted(
    monkeypatch: pytest.MonkeyPatch, count: int, is_too_many: bool
) -> None:
    monkeypatch.setattr(stream, "MAX_WAITING_FRAMES", 1000)
    output = stream.GuestOutput(ContainerSpec(role=Role.READER, image="image", command=("true",)))
    output.put(encode({}) * count)
    for _ in range(count):
        assert output.next_frame(1.0) == Frame(header={})
    if is_too_many:
        with pytest.raises(GuestProtocolError, match="more frames"):
            output.next_frame(1.0)


def test_what_is_left_out_is_listed_so_far() -> None:
    draft = Draft(SourceKind.ZIP)
    for number in range(MAX_ENTRIES + 100):
        draft.leave_out(f"{number}/.git")
    assert len(draft._left_out) == MAX_ENTRIES
