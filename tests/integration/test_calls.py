"""`candidate.function`: values cross, and whatever the candidate's code does is a value, too."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from graders.calls import ITEM_BYTES
from graders.evidence import Evidence, Outcome
from runner.pipeline import GradeRequest, grade_submission
from tasks.loader import load_task

if TYPE_CHECKING:
    from collections.abc import Callable

    from runner.workshop import Workshop
    from tasks.model import Task

pytestmark = pytest.mark.docker

LIB = """
import os, signal, sys, time

calls = 0

def count():
    global calls
    calls += 1
    return calls

def slow(seconds):
    time.sleep(seconds)
    return seconds

def same(what):
    return what

def change(table, items):
    table["n"] = 2 * table["n"]
    items.append("more")
    return len(items)

def odd(what):
    if what == "exit":
        sys.exit(0)
    if what == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if what == "memory":
        return len([bytearray(10**7) for _ in range(1000)])
    if what == "raise":
        raise ValueError("no such thing")
    if what == "object":
        return object()
    return what
"""
MAIN = "import pathlib, sys; pathlib.Path(sys.argv[2]).mkdir(exist_ok=True)"

HIDDEN = '''
"""Hidden."""
import pandas as pd
import pytest


def words(calls):
    return [call.state for call in calls]


@pytest.mark.check("a-fault-is-a-value", criterion="correctness", points=1)
def test_faults(candidate):
    """Each fault has its word, and the next call is served again."""
    for what, state in (
        ("exit", "ended"), ("raise", "raised"), ("kill", "ended"), ("object", "unusable"),
        ("memory", "out_of_memory"), ("fine", "returned"),
    ):
        call = candidate.function("lib:odd", timeout_s=5).call(what)
        assert call.state == state, f"{what}: {call}"
    assert "no such thing" in candidate.call("lib:odd", "raise").words


@pytest.mark.check("arguments-after", criterion="correctness", points=1)
def test_arguments_after(candidate):
    """What a function does to its arguments can be seen, and what it leaves alone is as it was."""
    table = pd.DataFrame({"n": [1, 2], "text": ["a", None]}, index=["x", "y"])
    change = candidate.function("lib:change", allow_nan=True).with_arguments()
    value, (changed, items) = change(table, ["one"])
    assert (value, items) == (2, ["one", "more"])
    assert changed["n"].tolist() == [2, 4]
    kept = candidate.function("lib:same", allow_nan=True).with_arguments()
    value, (left,) = kept(table)
    assert value.equals(left)
    assert left["n"].tolist() == [1, 2]
    assert left.index.tolist() == ["x", "y"]


@pytest.mark.check("clocks", criterion="correctness", points=1)
def test_clocks(candidate):
    """The host's clock ends a call; what was answered before stands, what is after is not run."""
    calls = candidate.function("lib:slow", timeout_s=0.6).map([0.0, 0.1, 30.0, 0.0])
    assert words(calls) == ["returned", "returned", "timed_out", "not_reached"], calls
    assert calls[1].seconds >= 0.1
    assert calls[2].seconds < 5
    calls = candidate.function("lib:slow", timeout_s=5, total_s=0.5).map([0.2, 0.2, 0.2, 0.2])
    assert "timed_out" in words(calls), calls


@pytest.mark.check("empty-tables", criterion="correctness", points=1)
def test_empty_tables(candidate):
    """A table without rows comes back with its columns, and so does one with a row."""
    days = pd.to_datetime(["2024-01-01"] * 2)
    table = pd.DataFrame({"name": ["a", "b"], "n": [1, 2], "at": days})
    same = candidate.function("lib:same")
    for rows in (0, 1):
        found = same(table.iloc[:rows])
        assert list(found.columns) == ["name", "n", "at"], found
        assert found["name"].tolist() == ["a"][:rows], found
    assert same(table["name"].iloc[:0]).tolist() == []
    assert same(table["name"].to_numpy(dtype=object)[:0]).tolist() == []


@pytest.mark.check("state", criterion="correctness", points=1)
def test_state(candidate):
    """One process answers all calls, until it is started afresh."""
    count = candidate.function("lib:count")
    assert [count(), count(), count()] == [1, 2, 3]
    candidate.restart()
    assert count() == 1


@pytest.mark.check("names", criterion="correctness", points=1)
def test_names(candidate):
    """A module or a function that is not there fails the check with the reason."""
    assert candidate.call("lib:nothing").state == "raised"
    call = candidate.call("nowhere:nothing")
    assert "ModuleNotFoundError" in call.words, call
    with pytest.raises(AssertionError, match="gave no value"):
        call.value


@pytest.mark.check("gives-up", criterion="correctness", points=1)
def test_gives_up(candidate):
    """Code that ends the process again and again is not started for ever."""
    odd = candidate.function("lib:odd", scenario="fresh")
    states = [odd.call("exit").state for _ in range(8)]
    assert states == ["ended"] * 6 + ["not_reached"] * 2, states
'''


@pytest.fixture
def graded(
    workshop: Workshop, tiny_task: Callable[..., Task], submit: Callable[..., str]
) -> Evidence:
    source = submit({"lib.py": LIB, "add.py": MAIN})
    task = tiny_task(hidden=HIDDEN, memory="256 MiB")
    return grade_submission(
        workshop, GradeRequest(task=task, source=source, candidate="LYNX-1")
    ).evidence


def test_what_the_candidates_code_does_is_a_value(graded: Evidence) -> None:
    found = {check.id: (check.outcome, check.detail) for check in graded.checks}
    assert {outcome for outcome, _ in found.values()} == {Outcome.PASSED}, found


def test_the_benchmarks_task_is_graded(workshop: Workshop) -> None:
    folder = Path(__file__).parents[2] / "benchmarks" / "echo"
    source = str(folder / "solutions" / "sound_plain")
    request = GradeRequest(task=load_task(folder), source=source, candidate="LYNX-1")
    evidence = grade_submission(workshop, request).evidence
    assert [check.outcome for check in evidence.checks] == [Outcome.PASSED] * 2, evidence
    measured = {one.name: one.value for one in evidence.measurements}
    assert measured["echo_ms"] < 50, measured  # an order of magnitude, on a busy machine
    assert measured["table_ms"] < 3000, measured


def test_both_sides_know_the_same_dtypes() -> None:
    source = (Path(__file__).parents[2] / "graders" / "inside" / "values.py").read_text()
    table = source[source.index("ITEM_BYTES = ") :].split("}")[0]
    for dtype, size in ITEM_BYTES.items():
        assert f'"{dtype}": {size}' in table
    assert table.count('": ') == len(ITEM_BYTES)
