"""Gradings are never overwritten: each has its place, its reason, and what it replaced."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from report_samples import invalid, service

from runner.cli import cli
from runner.errors import NotRegradedError
from runner.records import Basis, Circumstances, Records

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NEW = ("replaces", "why", "basis", "why_executed", "kept", "task_digest", "grade_image")
"""Columns that earlier versions did not have."""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def records(home: Path) -> Iterator[Records]:
    made = Records(home)
    yield made
    made.close()


def test_each_grading_knows_what_it_replaced_and_why(records: Records) -> None:
    one, other = service(), invalid()
    first = records.add_grading(one, key="a", files=None)
    between = records.add_grading(other, key="x", files=None)
    second = records.add_grading(one, key="a", files=None)
    how = Circumstances(
        why="regraded: a test", basis=Basis.KEPT, why_executed="", kept="k", intake="i"
    )
    third = records.add_grading(one, key="b", files=None, how=how)
    found = records.history.of(one.submission.candidate)
    assert [one.number for one in found if one.number != between] == [first, second, third]
    mine = [one for one in found if one.submission == service().submission.id]
    assert [one.replaces for one in mine] == [None, first, second]
    whys = [one.circumstances.why for one in mine]
    assert whys == ["graded", "graded again", "regraded: a test"]
    assert mine[-1].circumstances == how
    assert [one.is_regrading for one in mine] == [False, False, True]
    assert mine[-1].task_digest == one.task.digest


def test_the_last_grading_of_each_submission_counts(records: Records) -> None:
    one, other = service(), invalid()
    for evidence in (one, other, one):
        records.add_grading(evidence, key="a", files=None)
    last = {found.submission: found.number for found in records.history.latest()}
    assert last == {one.submission.id: 3, other.submission.id: 2}
    assert [number for number in (1, 2, 3) if records.history.is_last(number)] == [2, 3]
    (chosen,) = records.history.latest(candidates=[other.submission.candidate])
    assert chosen.submission == other.submission.id


def test_records_of_an_earlier_version_have_a_history(home: Path) -> None:
    records = Records(home)
    for _ in range(2):
        records.add_grading(service(), key="a", files=None)
    records.close()
    database = sqlite3.connect(home / "worksample.db")
    for column in NEW:
        database.execute(f"ALTER TABLE gradings DROP COLUMN {column}")
    database.execute("ALTER TABLE submissions DROP COLUMN intake")
    database.commit()
    database.close()
    shown = CliRunner().invoke(
        cli, ["history", service().submission.candidate, "--home", str(home)]
    )
    assert shown.exit_code == 0, shown.output
    assert "graded (executed)" in shown.output
    assert "graded again (executed)" in shown.output


def test_nobody_has_no_history(home: Path) -> None:
    Records(home).close()
    shown = CliRunner().invoke(cli, ["history", "NOBODY-1", "--home", str(home)])
    assert shown.exit_code == 2
    assert "There is no grading of NOBODY-1" in shown.output


def test_a_grading_that_was_replaced_is_not_found_any_more(records: Records) -> None:
    one = service()
    states = (one.state.value,)
    first = records.add_grading(one, key="a", files=None)
    assert records.find_graded("a", states) is not None
    records.add_grading(one, key="b", files=None)
    assert records.find_graded("a", states) is None
    found = records.find_graded("b", states)
    assert found is not None
    assert found.number > first


def test_who_was_overtaken_records_nothing(records: Records) -> None:
    first = records.add_grading(service(), key="a", files=None)
    records.add_grading(service(), key="a", files=None)
    with pytest.raises(NotRegradedError):
        records.add_grading(service(), key="b", files=None, how=Circumstances(only_after=first))
    assert len(records.history.of(service().submission.candidate)) == 2
