"""The verdict is exactly what was asked for, or nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from graders.errors import VerdictError
from graders.evidence import Outcome
from graders.verdict import read_verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from tasks.model import Task

NONCE = "n" * 32


@pytest.fixture
def task(make_task: Callable[..., Any]) -> Task:
    from tasks.loader import load_task

    return load_task(make_task())


def verdict(task: Task, **changes: Any) -> dict[str, Any]:
    rows = [
        {"id": check.id, "outcome": "passed", "detail": "", "duration_s": 0.1}
        for check in task.checks
    ]
    return {"schema": 1, "nonce": NONCE, "checks": rows, "measurements": [], **changes}


def read(task: Task, value: object) -> Any:
    return read_verdict(json.dumps(value).encode(), task=task, nonce=NONCE)


def test_an_exact_verdict_is_taken_and_points_are_the_hosts(task: Task) -> None:
    judged = read(task, verdict(task))
    assert [check.id for check in judged.checks] == [check.id for check in task.checks]
    assert [check.points for check in judged.checks] == [check.points for check in task.checks]


@pytest.mark.parametrize("outcome", ["failed", "error", "not_run"])
def test_only_passed_gives_points(task: Task, outcome: str) -> None:
    value = verdict(task)
    value["checks"][0]["outcome"] = outcome
    judged = read(task, value)
    assert judged.checks[0].outcome is Outcome(outcome)
    assert judged.checks[0].points == 0


def broken(task: Task) -> dict[str, Any]:
    good = verdict(task)
    first = good["checks"][0]
    row = {"name": "m", "value": 1.0, "unit": "1", "reference": None, "check": first["id"]}
    return {
        "another nonce": {**good, "nonce": "m" * 32},
        "a check is missing": {**good, "checks": good["checks"][1:]},
        "a check is extra": {**good, "checks": [*good["checks"], {**first, "id": "more"}]},
        "a check is twice": {**good, "checks": [*good["checks"], first]},
        "an unknown outcome": {**good, "checks": [{**first, "outcome": "skipped"}]},
        "points of its own": {**good, "checks": [{**first, "points": 99}]},
        "another schema": {**good, "schema": 2},
        "an extra key": {**good, "state": "graded"},
        "a measurement of a stranger": {**good, "measurements": [{**row, "check": "stranger"}]},
        "a negative duration": {**good, "checks": [{**first, "duration_s": -1}]},
        "no object": [good],
    }


@pytest.mark.parametrize(
    "name",
    [
        "another nonce", "a check is missing", "a check is extra", "a check is twice",
        "an unknown outcome", "points of its own", "another schema", "an extra key",
        "a measurement of a stranger", "a negative duration", "no object",
    ],
)  # fmt: skip
def test_anything_else_is_no_verdict(task: Task, name: str) -> None:
    with pytest.raises(VerdictError):
        read(task, broken(task)[name])


@pytest.mark.parametrize("number", ["NaN", "1e999", "-Infinity"])
def test_a_measurement_that_is_not_finite_is_no_verdict(task: Task, number: str) -> None:
    row = {"name": "m", "value": 0.5, "unit": "1", "reference": None, "check": task.checks[0].id}
    raw = json.dumps(verdict(task, measurements=[row])).replace("0.5", number)
    with pytest.raises(VerdictError):
        read_verdict(raw.encode(), task=task, nonce=NONCE)
