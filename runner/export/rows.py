"""The long table: a row for each check, and one for each submission without a grade."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from graders.evidence import Finite, Outcome, Part, State
from runner.export.facts import as_time, checks_of, origin_of, points_of, say_why_not
from runner.text import clean_line, clean_text

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
    for check in checks_of(one) or (None,):
        yield _row(one, check)


def _row(one: Evidence, check: CheckResult | None) -> Row:
    origin = origin_of(one)
    must = {criterion.id: criterion.non_negotiable for criterion in one.criteria}
    points = points_of(check) if check else None
    return Row(
        **origin.model_dump(exclude={"graded_at", "runner_version"}),
        received_at=as_time(one.submission.received_at),
        graded_at=as_time(origin.graded_at),
        reason=say_why_not(one),
        criterion=clean_line(check.criterion) if check else None,
        non_negotiable=must.get(check.criterion) if check else None,
        check=clean_line(check.id) if check else None,
        outcome=check.outcome if check else None,
        points=points,
        max_points=check.max_points if check and points is not None else None,
        duration_s=check.duration_s if check else None,
        proves=clean_text(check.proves) if check else None,
        detail=clean_text(check.detail) if check else None,
    )
