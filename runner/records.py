"""The records: submissions and gradings in SQLite, their files content-addressed beside it.

A grading is written in one transaction when it is complete; there is no half of one. Gradings are
never changed, only added.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import ForeignKey, create_engine, event, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from graders.evidence import Evidence
from runner.errors import RecordsError
from runner.objects import Objects

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

    from graders.evidence import Part

_SECRET_BYTES: Final = 32


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


class Records:
    """Everything that is kept of a loop on this machine."""

    def __init__(self, home: Path) -> None:
        """Open the records below ``home``, making them if there are none."""
        self.home = home
        try:
            home.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.objects = Objects(home / "objects")
            self._engine = _open(home / "worksample.db")
            Base.metadata.create_all(self._engine)
        except (OSError, SQLAlchemyError) as error:
            raise RecordsError(
                f"The records in {home} cannot be opened: {_first_line(error)}"
            ) from error

    def close(self) -> None:
        """Close the database."""
        self._engine.dispose()

    def secret(self) -> bytes:
        """Return the loop's secret, made on first use; whoever has it can make anybody's data.

        Raises:
            RecordsError: it can be neither read nor written.
        """
        path = self.home / "secret"
        try:
            if not path.exists():
                _write_once(path, secrets.token_hex(_SECRET_BYTES))
            found = bytes.fromhex(path.read_text().strip())
        except (OSError, ValueError) as error:
            raise RecordsError(f"The secret in {self.home} is of no use: {error}.") from error
        if len(found) != _SECRET_BYTES:
            raise RecordsError(f"The secret in {self.home} is cut short; restore it from a copy.")
        return found

    def add_grading(self, evidence: Evidence, *, key: str, files: str | None) -> None:
        """Write a complete grading, in one transaction."""
        digest = self.objects.put(to_json(evidence))
        with self._session() as session:
            session.merge(
                SubmissionRow(
                    id=evidence.submission.id,
                    candidate=evidence.submission.candidate,
                    task_id=evidence.task.id,
                    sha256=evidence.submission.sha256,
                    files=files,
                    received_at=evidence.submission.received_at,
                )
            )
            session.flush()
            session.add(
                GradingRow(
                    submission_id=evidence.submission.id,
                    key=key,
                    state=evidence.state.value,
                    points=evidence.points,
                    max_points=evidence.max_points,
                    evidence=digest,
                    finished_at=now(),
                )
            )

    def find_graded(self, key: str, states: tuple[str, ...]) -> Evidence | None:
        """Return the last grading of this very key in one of these states."""
        query = (
            select(GradingRow.evidence)
            .where(GradingRow.key == key, GradingRow.state.in_(states))
            .order_by(GradingRow.number.desc())
            .limit(1)
        )
        with self._session() as session:
            digest = session.scalar(query)
        return None if digest is None else self._evidence(digest)

    def latest(self) -> tuple[Evidence, ...]:
        """Return the last grading of each submission, by task and candidate."""
        query = select(GradingRow).order_by(GradingRow.number)
        with self._session() as session:
            digests = {row.submission_id: row.evidence for row in session.scalars(query)}
        found = [self._evidence(digest) for digest in digests.values()]
        return tuple(
            sorted(
                found, key=lambda one: (one.task.id, one.submission.candidate, one.submission.id)
            )
        )

    def find_variant(self, key: str) -> dict[str, bytes] | None:
        """Return a variant's files, if they were made before."""
        with self._session() as session:
            row = session.get(VariantRow, key)
            digest = row.files if row else None
        return None if digest is None else self.objects.get_tree(digest)

    def add_variant(self, key: str, files: dict[str, bytes]) -> None:
        """Keep a variant's files."""
        digest = self.objects.put_tree(files)
        with self._session() as session:
            session.merge(VariantRow(key=key, files=digest))

    def find_kept(self, key: str) -> bytes | None:
        """Return what is kept under the digest of its grounds."""
        with self._session() as session:
            row = session.get(KeptRow, key)
            digest = row.content if row else None
        return None if digest is None else self.objects.get(digest)

    def keep(self, key: str, content: bytes) -> None:
        """Keep what was found out under the digest of its grounds; the last one counts."""
        digest = self.objects.put(content)
        with self._session() as session:
            session.merge(KeptRow(key=key, content=digest))

    def _evidence(self, digest: str) -> Evidence:
        return Evidence.model_validate_json(self.objects.get(digest))

    @contextlib.contextmanager
    def _session(self) -> Iterator[Session]:
        try:
            with Session(self._engine) as session, session.begin():
                yield session
        except SQLAlchemyError as error:
            raise RecordsError(
                f"The records in {self.home} failed: {_first_line(error)}"
            ) from error


def to_json(part: Part) -> bytes:
    """Return what is written to a file: printable ASCII, in the model's order, a break at the end.

    The very bytes of ``evidence.json``.
    """
    text = part.model_dump_json(indent=1, ensure_ascii=True)
    return text.replace("\x7f", "\\u007f").encode("ascii") + b"\n"


def now() -> str:
    """Return the time in UTC, ISO 8601."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def _write_once(path: Path, text: str) -> None:
    """Write a file that only this user may read, whole or not at all; an earlier one stays."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    try:
        with os.fdopen(handle, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(temporary, path)
    finally:
        Path(temporary).unlink()


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]


def _open(path: Path) -> Engine:
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": 30})

    @event.listens_for(engine, "connect")
    def _set_up(connection, _record) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.close()

    return engine
