"""The long table: a row for each check, and one for each submission without a grade."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from graders.evidence import Finite, Outcome, Part, State
from runner.export.facts import as_time, checks_of, origin_of, points_of, say_why_not, show_text
from runner.text import clean_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from graders.evidence import CheckResult, Evidence


class Row(Part):
    """One check of one submission; everything from ``criterion`` on is none without a grade."""

    candidate: str
    task: str
    task_version: str
    task_digest: str
    submission: str
    submission_sha256: str
    received_at: datetime | None
    graded_at: datetime | None
    variant: str | None
    state: State
    reason: str
    """Why there is no grade."""
    criterion: str | None
    non_negotiable: bool | None
    check: str | None
    outcome: Outcome | None
    points: Finite | None
    max_points: Finite | None
    """None for a broken check, as ``points``: then sums are those of the criteria."""
    duration_s: Finite | None
    proves: str | None
    detail: str | None
    evidence_sha256: str


def rows_of(found: Sequence[Evidence]) -> tuple[Row, ...]:
    """Return the table, in the order of submissions and checks."""
    return tuple(row for one in found for row in _rows(one))


def _rows(one: Evidence) -> Iterator[Row]:
    """Yield the rows of one submission; what they share is made once."""
    origin = origin_of(one)
    shared = origin.model_dump(exclude={"graded_at", "runner_version"}) | {
        "received_at": as_time(one.submission.received_at),
        "graded_at": as_time(origin.graded_at),
        "reason": say_why_not(one),
    }
    must = {criterion.id: criterion.non_negotiable for criterion in one.criteria}
    checks = checks_of(one)
    for check in checks:
        yield Row(**shared, **_of_check(check, non_negotiable=must.get(check.criterion)))
    if not checks:
        yield Row.model_validate(dict.fromkeys(Row.model_fields) | shared)


def _of_check(check: CheckResult, *, non_negotiable: bool | None) -> dict[str, Any]:
    points = points_of(check)
    return {
        "criterion": clean_line(check.criterion),
        "non_negotiable": non_negotiable,
        "check": clean_line(check.id),
        "outcome": check.outcome,
        "points": points,
        "max_points": None if points is None else check.max_points,
        "duration_s": check.duration_s,
        "proves": show_text(check.proves),
        "detail": show_text(check.detail),
    }
