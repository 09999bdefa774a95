"""The queue: which entries of a batch wait, who works on which, and what became of them.

Everything here survives the death of whoever works on it. An entry is leased to one process for a
while, and the process renews its leases; where it has died, or its lease has run out, the next one
takes the entry. Done is what a grading is on record for, written in the same transaction.
"""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from sqlalchemy import case, func, or_, select, update

from graders.evidence import State
from runner.errors import LeaseLostError
from runner.records.tables import BatchRow, GradingRow, JobRow, JobState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    Transaction = Callable[..., AbstractContextManager[Session]]

LEASE_S: Final = 60.0
"""How long an entry stays leased without being renewed, in seconds."""
_WAITING: Final = (JobState.QUEUED.value, JobState.RUNNING.value)
_MAX_TROUBLES: Final = 20


@dataclass(frozen=True, slots=True)
class Entry:
    """One submission to grade."""

    task_id: str
    candidate: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """An entry that is leased to somebody."""

    number: int
    position: int
    entry: Entry
    owner: str
    attempts: int
    again: bool
    """Whether to grade it although it was graded before."""
    queued_s: float
    """How long it waited, in seconds."""
    grading: int | None = None
    """Number of the grading that it came to before."""
    fingerprint: str | None = None
    """Of the source at that time."""


class JobFacts(NamedTuple):
    """What is known of one entry."""

    position: int
    entry: Entry
    state: JobState
    phase: str
    attempts: int
    grading: int | None
    grading_state: str | None
    reused: bool
    troubles: tuple[dict[str, str], ...]
    due: float
    started_at: float | None
    finished_at: float | None
    leased: bool
    """Whether somebody works on it and has not gone silent."""


class Queue:
    """The entries of all batches.

    Args:
        transaction: Gives a database session in one transaction; ``writing=True`` before a write.
    """

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def open(self, entries: Sequence[Entry], *, again: bool, gone: Callable[[str], bool]) -> str:
        """Queue the entries of a batch, or go on with the same batch, and return its id.

        What is done already is queued once more, to be looked at: whoever works on it sees that
        nothing has changed. What somebody works on stays theirs.

        Args:
            entries: In the order in which they are to be graded.
            again: Grade everything anew. If such a round was cut off, it goes on.
            gone: Tells whether an owner has died.
        """
        batch_id = _digest(entries)
        now = time.time()
        with self._transaction(writing=True) as session:
            batch = session.get(BatchRow, batch_id)
            if batch is None:
                session.add(BatchRow(id=batch_id, again=again, opened_at=now))
                session.flush()
                session.add_all(
                    JobRow(
                        batch_id=batch_id, position=position, task_id=one.task_id,
                        candidate=one.candidate, source=json.dumps(one.source), queued_at=now,
                    )
                    for position, one in enumerate(entries)
                )  # fmt: skip
                return batch_id
            self._free_gone(session, batch_id, gone)
            if self._count(session, batch_id, JobRow.state == JobState.RUNNING.value):
                return batch_id  # somebody is at it; who comes later helps
            waiting = self._count(session, batch_id, JobRow.state.in_(_WAITING))
            changes: dict[str, object] = {"state": JobState.QUEUED.value, "due": 0.0, "attempts": 0}
            if again and not (batch.again and waiting):
                changes |= {"grading": None, "fingerprint": None}  # a new round
            batch.again, batch.opened_at = again, now
            session.execute(
                update(JobRow)
                .where(JobRow.batch_id == batch_id)
                .values(**changes, queued_at=now, started_at=None, finished_at=None)
            )
            unjudged = select(GradingRow.number).where(GradingRow.state == State.NOT_GRADABLE.value)
            session.execute(
                update(JobRow)
                .where(JobRow.batch_id == batch_id, JobRow.grading.in_(unjudged))
                .values(grading=None, fingerprint=None)
            )
        return batch_id

    def claim(self, batch_id: str, owner: str, *, lease_s: float = LEASE_S) -> Claim | None:
        """Lease the next entry that is due; None if there is none at the moment.

        An entry whose lease has run out counts as attempted: whatever kills everybody who works on
        it must not go on for ever.
        """
        now = time.time()
        due = (JobRow.state == JobState.QUEUED.value) & (JobRow.due <= now)
        silent = (JobRow.state == JobState.RUNNING.value) & (JobRow.lease_until < now)
        query = (
            select(JobRow)
            .where(JobRow.batch_id == batch_id, or_(due, silent))
            .order_by(JobRow.due, JobRow.position)
            .limit(1)
        )
        with self._transaction(writing=True) as session:
            row = session.scalars(query).first()
            if row is None:
                return None
            if row.state == JobState.RUNNING.value:
                _lost(row)
            row.state, row.owner, row.lease_until = JobState.RUNNING.value, owner, now + lease_s
            row.started_at, row.phase = now, ""
            again = session.get_one(BatchRow, batch_id).again and row.grading is None
            return Claim(
                number=row.number, position=row.position, entry=_entry(row), owner=owner,
                attempts=row.attempts, again=again, queued_s=max(0.0, now - row.queued_at),
                grading=row.grading, fingerprint=row.fingerprint,
            )  # fmt: skip

    def renew(self, owner: str, phases: Mapping[int, str], *, lease_s: float = LEASE_S) -> None:
        """Renew all leases of an owner, and note what is done with each entry, by number."""
        mine = (JobRow.owner == owner) & (JobRow.state == JobState.RUNNING.value)
        with self._transaction(writing=True) as session:
            for row in session.scalars(select(JobRow).where(mine)):
                row.lease_until = time.time() + lease_s
                row.phase = phases.get(row.number, row.phase)

    def complete(
        self, session: Session, claim: Claim, *, grading: int,
        fingerprint: str | None = None, clocks: dict[str, float] | None = None,
    ) -> None:  # fmt: skip
        """Mark an entry as done within the transaction that records its grading.

        Args:
            session: The transaction.
            claim: The entry.
            grading: Number of the grading.
            fingerprint: Of what it depends on.
            clocks: Seconds in each phase; None if the grading was found rather than made.

        Raises:
            LeaseLostError: somebody else has it by now.
        """
        done = session.execute(
            update(JobRow)
            .where(_held(claim))
            .values(
                state=JobState.DONE.value, owner=None, phase="", grading=grading,
                reused=clocks is None, fingerprint=fingerprint, finished_at=time.time(),
                clocks=None if clocks is None else json.dumps(clocks),
            )
        )  # fmt: skip
        if done.rowcount == 0:  # type: ignore[attr-defined]
            raise LeaseLostError(f"{claim.entry.candidate} is worked on by somebody else by now.")

    def finish(self, claim: Claim, *, grading: int, fingerprint: str | None = None) -> None:
        """Mark an entry as done with a grading that was on record before.

        Raises:
            LeaseLostError: somebody else has it by now.
        """
        with self._transaction(writing=True) as session:
            self.complete(session, claim, grading=grading, fingerprint=fingerprint)

    def fail(self, claim: Claim, words: str) -> None:
        """Mark an entry as one for which no record can be made."""
        self._give_back(claim, words, state=JobState.FAILED, finished_at=time.time())

    def release(self, claim: Claim, words: str = "", *, after_s: float = 0.0,
                counted: bool = False) -> None:  # fmt: skip
        """Put an entry back.

        Args:
            claim: The entry.
            words: What went wrong, if anything.
            after_s: How long nobody is to take it, in seconds.
            counted: Whether this was an attempt that failed.
        """
        attempts = claim.attempts + counted
        due = time.time() + after_s if after_s else 0.0
        self._give_back(claim, words, state=JobState.QUEUED, due=due, attempts=attempts)

    def _give_back(self, claim: Claim, words: str, *, state: JobState, **values: object) -> None:
        with self._transaction(writing=True) as session:
            row = session.scalars(select(JobRow).where(_held(claim))).first()
            if row is None:
                return
            row.state, row.owner, row.phase = state.value, None, ""
            for name, value in values.items():
                setattr(row, name, value)
            if words:
                _note(row, words)

    def open_count(self, batch_id: str) -> int:
        """Return how many entries of a batch wait or are worked on."""
        with self._transaction() as session:
            return self._count(session, batch_id, JobRow.state.in_(_WAITING))

    def counts(self, batch_id: str) -> dict[str, int]:
        """Return how many entries are in which state; those done by the state of their grading."""
        done = JobRow.state == JobState.DONE.value
        word = case((done, func.coalesce(GradingRow.state, JobRow.state)), else_=JobRow.state)
        query = (
            select(word, func.count())
            .join(GradingRow, GradingRow.number == JobRow.grading, isouter=True)
            .where(JobRow.batch_id == batch_id)
            .group_by(word)
        )
        with self._transaction() as session:
            return {name: count for name, count in session.execute(query)}  # noqa: C416 - typed

    def batches(self) -> list[tuple[str, float]]:
        """Return id and opening time of all batches, the last one first."""
        query = select(BatchRow.id, BatchRow.opened_at).order_by(BatchRow.opened_at.desc())
        with self._transaction() as session:
            return [(row.id, row.opened_at) for row in session.execute(query)]

    def finished_since(self, batch_id: str, moment: float) -> tuple[int, float]:
        """Return how many entries were finished since, and when the first of these was."""
        query = select(func.count(), func.min(JobRow.finished_at)).where(
            JobRow.batch_id == batch_id, JobRow.finished_at >= moment
        )
        with self._transaction() as session:
            count, first = session.execute(query).one()
        return count, first or moment

    def clocks(self, batch_id: str, *, last: int) -> list[dict[str, float]]:
        """Return the seconds in each phase of the entries that were graded last."""
        query = (
            select(JobRow.clocks)
            .where(JobRow.batch_id == batch_id, JobRow.clocks.is_not(None))
            .order_by(JobRow.finished_at.desc())
            .limit(last)
        )
        with self._transaction() as session:
            return [json.loads(clocks or "{}") for clocks in session.scalars(query)]

    def facts(self, batch_id: str, *states: JobState) -> Iterator[JobFacts]:
        """Yield what is known of the entries in these states, in order; of all if none is given."""
        wanted = JobRow.state.in_([one.value for one in states or JobState])
        yield from self._facts(batch_id, wanted)

    def troubled(self, batch_id: str) -> Iterator[JobFacts]:
        """Yield what is known of the entries that something went wrong with."""
        yield from self._facts(batch_id, JobRow.troubles != "[]")

    def _facts(self, batch_id: str, wanted: ColumnElement[bool]) -> Iterator[JobFacts]:
        query = (
            select(JobRow, GradingRow.state)
            .join(GradingRow, GradingRow.number == JobRow.grading, isouter=True)
            .where(JobRow.batch_id == batch_id, wanted)
            .order_by(JobRow.position)
        )
        now = time.time()
        with self._transaction() as session:
            for row, graded in session.execute(query):
                yield JobFacts(
                    position=row.position, entry=_entry(row), state=JobState(row.state),
                    phase=row.phase, attempts=row.attempts, grading=row.grading,
                    grading_state=graded, reused=row.reused,
                    troubles=tuple(json.loads(row.troubles)), due=row.due,
                    started_at=row.started_at, finished_at=row.finished_at,
                    leased=row.lease_until >= now,
                )  # fmt: skip

    def free_gone(self, batch_id: str, gone: Callable[[str], bool]) -> None:
        """Put back what processes that have died worked on."""
        with self._transaction(writing=True) as session:
            self._free_gone(session, batch_id, gone)

    def _free_gone(self, session: Session, batch_id: str, gone: Callable[[str], bool]) -> None:
        running = JobRow.state == JobState.RUNNING.value
        for row in session.scalars(select(JobRow).where(JobRow.batch_id == batch_id, running)):
            if row.owner is None or gone(row.owner):
                _lost(row)
                row.state, row.owner, row.phase = JobState.QUEUED.value, None, ""

    def _count(self, session: Session, batch_id: str, condition: ColumnElement[bool]) -> int:
        query = select(func.count()).where(JobRow.batch_id == batch_id, condition)
        return session.scalar(query) or 0


def _held(claim: Claim) -> ColumnElement[bool]:
    return (
        (JobRow.number == claim.number)
        & (JobRow.owner == claim.owner)
        & (JobRow.state == JobState.RUNNING.value)
        & (JobRow.attempts == claim.attempts)
    )


def _entry(row: JobRow) -> Entry:
    return Entry(task_id=row.task_id, candidate=row.candidate, source=json.loads(row.source))


def _lost(row: JobRow) -> None:
    row.attempts += 1
    _note(row, f"Whoever worked on it ({row.phase or 'at the beginning'}) is gone.")


def _note(row: JobRow, words: str) -> None:
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    troubles = [*json.loads(row.troubles), {"at": at, "words": words[:1000]}]
    row.troubles = json.dumps(troubles[-_MAX_TROUBLES:])


def _digest(entries: Sequence[Entry]) -> str:
    listing = [[one.task_id, one.candidate, one.source] for one in entries]
    return hashlib.sha256(json.dumps(listing).encode()).hexdigest()[:12]
