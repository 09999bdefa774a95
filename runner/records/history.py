"""The history of gradings: never overwritten, each with when, why and on what it was judged."""

from __future__ import annotations

import enum
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import exists, select
from sqlalchemy.orm import aliased

from runner.records.tables import GradingRow, SubmissionRow

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from contextlib import AbstractContextManager

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    Transaction = Callable[..., AbstractContextManager[Session]]

FIRST: Final = "graded"
AGAIN: Final = "graded again"
REGRADED: Final = "regraded"
"""What the reasons of regradings begin with."""


class Basis(enum.StrEnum):
    """On what a grading judged."""

    EXECUTED = "executed"
    """Everything ran for it."""
    KEPT = "kept_runs"
    """The runs of an earlier grading."""
    KEPT_AND_LIVE = "kept_runs_and_live_code"
    """Likewise, and hidden tests asked for code of the candidate's that ran for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """How a grading came about; no part of its evidence."""

    why: str = ""
    """Why it was made; that it was the first or another one if not given."""
    basis: Basis = Basis.EXECUTED
    why_executed: str = ""
    """Of a regrading: why the runs were executed again, as a clause."""
    kept: str | None = None
    """Digest of its runs, to be judged once more."""
    intake: str | None = None
    """Digest of what intake has said beside the files."""
    only_after: int | None = None
    """The grading that is replaced, and no other; whichever is the last one if not given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """One grading on record, without its evidence."""

    number: int
    replaces: int | None
    """The grading that was the last one of this submission until then."""
    submission: str
    candidate: str
    task: str
    sha256: str
    received_at: str
    files: str | None
    state: str
    finished_at: str
    key: str
    task_digest: str | None
    grade_image: str | None
    circumstances: Circumstances
    result: dict[str, Any]

    @property
    def is_regrading(self) -> bool:
        """Whether it was made from the records."""
        return self.circumstances.why.startswith(REGRADED)


class History:
    """All gradings of all submissions.

    Args:
        transaction: Gives a database session in one transaction.
    """

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def latest(self, *, candidates: Collection[str] = ()) -> list[Past]:
        """Return the last grading of each submission, by task and candidate; of these, or all."""
        found = self._find(is_last())
        chosen = [one for one in found if not candidates or one.candidate in candidates]
        return sorted(chosen, key=lambda one: (one.task, one.candidate, one.number))

    def is_last(self, number: int) -> bool:
        """Tell whether no other grading of its submission came after this one."""
        query = select(GradingRow.number).where(GradingRow.number == number, is_last())
        with self._transaction() as session:
            return session.scalar(query) is not None

    def numbered(self, numbers: Collection[int]) -> list[Past]:
        """Return the gradings with these numbers."""
        return self._find(GradingRow.number.in_(numbers))

    def of(self, candidate: str) -> list[Past]:
        """Return all gradings of a candidate, the first one first.

        What older records do not say of a grading follows from what was there before it.
        """
        last: dict[str, int] = {}
        found: list[Past] = []
        for one in self._find(SubmissionRow.candidate == candidate):
            before = last.get(one.submission)
            how = replace(one.circumstances, why=one.circumstances.why or _plain_why(before))
            found.append(replace(one, replaces=before, circumstances=how))
            last[one.submission] = one.number
        return found

    def _find(self, wanted: ColumnElement[bool]) -> list[Past]:
        query = (
            select(GradingRow, SubmissionRow)
            .join(SubmissionRow, SubmissionRow.id == GradingRow.submission_id)
            .where(wanted)
            .order_by(GradingRow.number)
        )
        with self._transaction() as session:
            return [_past(row, whose) for row, whose in session.execute(query)]


def is_last() -> ColumnElement[bool]:
    """Return the condition that no other grading of its submission came after a grading."""
    later = aliased(GradingRow)
    return ~exists().where(
        later.submission_id == GradingRow.submission_id, later.number > GradingRow.number
    )


def _plain_why(before: int | None) -> str:
    return FIRST if before is None else AGAIN


def _past(row: GradingRow, submission: SubmissionRow) -> Past:
    return Past(
        number=row.number,
        replaces=row.replaces,
        submission=submission.id,
        candidate=submission.candidate,
        task=submission.task_id,
        sha256=submission.sha256,
        received_at=submission.received_at,
        files=submission.files,
        state=row.state,
        finished_at=row.finished_at,
        key=row.key,
        task_digest=row.task_digest,
        grade_image=row.grade_image,
        circumstances=Circumstances(
            why=row.why or "",
            basis=Basis(row.basis or Basis.EXECUTED),
            why_executed=row.why_executed or "",
            kept=row.kept,
            intake=submission.intake,
        ),
        result=json.loads(row.result or "{}"),
    )
