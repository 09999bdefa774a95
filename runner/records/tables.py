"""The tables of the records."""

from __future__ import annotations

import enum

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """Base of the tables."""


class SubmissionRow(Base):
    """What was handed in."""

    __tablename__ = "submissions"

    id: Mapped[str] = mapped_column(primary_key=True)
    candidate: Mapped[str]
    task_id: Mapped[str]
    sha256: Mapped[str]
    files: Mapped[str | None]
    """Digest of the stored list of files; none for a refused submission."""
    received_at: Mapped[str]
    intake: Mapped[str | None]
    """Digest of what intake said beside the files; none in older records."""


class GradingRow(Base):
    """One grading of a submission."""

    __tablename__ = "gradings"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    submission_id: Mapped[str] = mapped_column(ForeignKey("submissions.id"), index=True)
    key: Mapped[str] = mapped_column(index=True)
    """Submission, task, variant and image digests together."""
    state: Mapped[str]
    points: Mapped[float]
    max_points: Mapped[float]
    evidence: Mapped[str]
    """Digest of the stored ``evidence.json``."""
    finished_at: Mapped[str]
    result: Mapped[str | None]
    """The row of `worksample results` as JSON, so that nobody opens 10,000 files for a table."""
    replaces: Mapped[int | None]
    """Number of the grading that was the submission's last one until this."""
    why: Mapped[str | None]
    """Why it was made, for people."""
    basis: Mapped[str | None]
    """On what it judged."""
    why_executed: Mapped[str | None]
    """Why a regrading executed the runs again."""
    kept: Mapped[str | None]
    """Digest of its recorded runs."""
    task_digest: Mapped[str | None]
    grade_image: Mapped[str | None]


class SecretRow(Base):
    """The loop's secret where several machines share it; empty where it is a file."""

    __tablename__ = "secrets"

    number: Mapped[int] = mapped_column(primary_key=True)
    """Always 1: there is one secret."""
    value: Mapped[str]


class VariantRow(Base):
    """A candidate's data, made once."""

    __tablename__ = "variants"

    key: Mapped[str] = mapped_column(primary_key=True)
    files: Mapped[str]


class KeptRow(Base):
    """What was found out before about the same grounds, such as a trial of a solution."""

    __tablename__ = "kept"

    key: Mapped[str] = mapped_column(primary_key=True)
    """Digest of the grounds."""
    content: Mapped[str]
    """Digest of what is kept."""


class BatchRow(Base):
    """The submissions of one command, known again when it is typed again."""

    __tablename__ = "batches"

    id: Mapped[str] = mapped_column(primary_key=True)
    """Digest of its entries."""
    again: Mapped[bool]
    """Whether everything is graded anew, whatever is on record."""
    opened_at: Mapped[float]


class JobState(enum.StrEnum):
    """Where an entry of a batch is."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    """A grading is on record."""
    FAILED = "failed"
    """Not even a record could be made: there is no such submission."""


class JobRow(Base):
    """One entry of a batch."""

    __tablename__ = "jobs"
    __table_args__ = (
        Index("jobs_by_place", "batch_id", "position", unique=True),
        Index("jobs_by_state", "batch_id", "state", "due"),
    )

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    batch_id: Mapped[str] = mapped_column(ForeignKey("batches.id"))
    position: Mapped[int]
    task_id: Mapped[str]
    candidate: Mapped[str]
    source: Mapped[str]
    """As JSON: a path may be no UTF-8."""
    state: Mapped[str] = mapped_column(default=JobState.QUEUED.value)
    due: Mapped[float] = mapped_column(default=0.0)
    """Not before this time, in seconds since 1970; all times here are such."""
    attempts: Mapped[int] = mapped_column(default=0)
    """How often the machine failed, or whoever worked on it died."""
    owner: Mapped[str | None]
    """Process that works on it."""
    lease_until: Mapped[float] = mapped_column(default=0.0)
    """Until when it is its; from then on anybody may take it."""
    phase: Mapped[str] = mapped_column(default="")
    grading: Mapped[int | None] = mapped_column(ForeignKey("gradings.number"))
    reused: Mapped[bool] = mapped_column(default=False)
    """Whether the grading was found rather than made."""
    fingerprint: Mapped[str | None]
    """Of the source when it was graded, where that can be told without taking it in."""
    troubles: Mapped[str] = mapped_column(default="[]")
    """What went wrong, as JSON: at, words."""
    clocks: Mapped[str | None]
    """Seconds in each phase of the grading that it came to, as JSON; none where one was found."""
    queued_at: Mapped[float]
    started_at: Mapped[float | None]
    finished_at: Mapped[float | None]
