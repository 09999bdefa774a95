"""Submissions and gradings in a database, their files content-addressed beside it.

A grading is written in one transaction when it is complete; there is no half of one. Gradings are
never changed, only added.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from graders.evidence import Evidence
from runner.errors import NotRegradedError, RecordsError
from runner.records.database import connect, open_database
from runner.records.history import AGAIN, FIRST, Circumstances, History, is_last
from runner.records.home import Home
from runner.records.objects import Objects
from runner.records.queue import Queue
from runner.records.tables import GradingRow, KeptRow, SecretRow, SubmissionRow, VariantRow
from runner.results import result_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from graders.evidence import Part
    from runner.records.queue import Claim

_SECRET_BYTES: Final = 32
_AT_ONCE: Final = 500
"""Numbers in one query; SQLite takes 32,766 at most, older ones 999."""
_ORDINARY: Final = Circumstances()


class Found(NamedTuple):
    """A grading on record."""

    number: int
    evidence: Evidence


class Records:
    """Everything that is kept of a loop: on this machine, or where several share it."""

    def __init__(self, home: Path | Home) -> None:
        """Open the records, making them if there are none."""
        self._place = home if isinstance(home, Home) else Home(folder=home)
        self.home = self._place.folder
        try:
            self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.objects = Objects(self._place.files or self.home / "objects")
            self._engine = open_database(self._place)
        except (OSError, SQLAlchemyError) as error:
            raise RecordsError(
                f"The records in {self._place} cannot be opened: {_first_line(error)}"
            ) from error

        self.queue = Queue(self._session)
        self.history = History(self._session)
        self._complete_results()

    def close(self) -> None:
        """Close the database."""
        self._engine.dispose()

    def secret(self) -> bytes:
        """Return the loop's secret, made on first use; whoever has it can make anybody's data.

        Who share a database share the secret in it. The first one brings the secret of their own
        folder, so that packets sent before stay true.

        Raises:
            RecordsError: it can be neither read nor written, or packets were made with another.
        """
        path = self.home / "secret"
        if self._place.records is None:
            self._make_secret(path)
            return self._read_secret(path)
        own = self._read_secret(path) if path.exists() else None
        shared = self._shared_secret(own or secrets.token_bytes(_SECRET_BYTES))
        if own not in (None, shared):
            raise RecordsError(
                f"{path} is not the secret of the records in {self._place}: packets made with the "
                "one must not be graded with the other. Name another --home, or move the file away."
            )
        return shared

    def _make_secret(self, path: Path) -> None:
        try:
            if not path.exists():
                _write_once(path, secrets.token_hex(_SECRET_BYTES))
        except OSError as error:
            raise RecordsError(f"The secret in {self.home} is of no use: {error}.") from error

    def _read_secret(self, path: Path) -> bytes:
        try:
            found = bytes.fromhex(path.read_text().strip())
        except (OSError, ValueError) as error:
            raise RecordsError(f"The secret in {self.home} is of no use: {error}.") from error
        if len(found) != _SECRET_BYTES:
            raise RecordsError(f"The secret in {self.home} is cut short; restore it from a copy.")
        return found

    def _shared_secret(self, first: bytes) -> bytes:
        """Return the secret in the database, which is this one if there is none yet."""
        with self._session() as session:
            row = session.get(SecretRow, 1)
            if row is not None:
                return bytes.fromhex(row.value)
        with self._session(writing=True) as session:
            row = session.get(SecretRow, 1)
            if row is None:
                row = SecretRow(number=1, value=first.hex())
                session.add(row)
            return bytes.fromhex(row.value)

    def add_grading(
        self,
        evidence: Evidence,
        *,
        key: str,
        files: str | None,
        claim: Claim | None = None,
        fingerprint: str | None = None,
        how: Circumstances = _ORDINARY,
    ) -> int:
        """Write a complete grading, in one transaction, and return its number.

        Args:
            evidence: What was found.
            key: Digest of all that it depends on.
            files: Digest of the stored list of files.
            claim: The entry of a batch that is done with it.
            fingerprint: Of what the entry's grading depends on.
            how: How it came about.

        Raises:
            LeaseLostError: somebody else works on the entry by now; nothing is written.
            NotRegradedError: what was to be replaced is not the last grading; likewise.
        """
        started = time.monotonic()
        digest = self.objects.put(to_json(evidence))
        row = GradingRow(
            submission_id=evidence.submission.id,
            key=key,
            state=evidence.state.value,
            points=evidence.points,
            max_points=evidence.max_points,
            evidence=digest,
            finished_at=now(),
            result=json.dumps(result_of(evidence)),
            basis=how.basis.value,
            why_executed=how.why_executed or None,
            kept=how.kept,
            task_digest=evidence.task.digest,
            grade_image=evidence.provenance.grade_image_digest if evidence.provenance else None,
        )
        before = select(func.max(GradingRow.number)).where(
            GradingRow.submission_id == evidence.submission.id
        )
        with self._session(writing=True) as session:
            session.merge(
                SubmissionRow(
                    id=evidence.submission.id,
                    candidate=evidence.submission.candidate,
                    task_id=evidence.task.id,
                    sha256=evidence.submission.sha256,
                    files=files,
                    received_at=evidence.submission.received_at,
                    intake=how.intake,
                )
            )
            session.flush()
            row.replaces = session.scalar(before)
            if how.only_after not in (None, row.replaces):
                raise NotRegradedError("Somebody has graded it in the meantime; that stands.")
            row.why = how.why or (FIRST if row.replaces is None else AGAIN)
            session.add(row)
            session.flush()
            if claim is not None:
                clocks = dict(evidence.provenance.phases_s) if evidence.provenance else {}
                clocks["record"] = round(time.monotonic() - started, 3)
                self.queue.complete(
                    session, claim, grading=row.number, fingerprint=fingerprint, clocks=clocks
                )
            return row.number

    def find_graded(self, key: str, states: tuple[str, ...]) -> Found | None:
        """Return the grading of this very key in one of these states, if none came after it.

        What has been replaced, by other hidden tests say, is not what results show.
        """
        query = select(GradingRow.number, GradingRow.evidence).where(
            GradingRow.key == key, GradingRow.state.in_(states), is_last()
        )
        with self._session() as session:
            row = session.execute(query).first()
        return None if row is None else Found(row.number, self._evidence(row.evidence))

    def grading(self, number: int) -> Evidence:
        """Return the evidence of one grading."""
        with self._session() as session:
            row = session.get_one(GradingRow, number)
            digest = row.evidence
        return self._evidence(digest)

    def latest(self) -> tuple[Evidence, ...]:
        """Return the last grading of each submission, by task and candidate."""
        return tuple(self._evidence(row.evidence) for row in self._latest_rows())

    def latest_results(self) -> list[dict[str, Any]]:
        """Return the result of the last grading of each submission, by task and candidate."""
        return [json.loads(row.result or "{}") for row in self._latest_rows()]

    def results_of(self, numbers: Iterable[int]) -> dict[int, dict[str, Any]]:
        """Return the results of these gradings, by their numbers."""
        found: dict[int, dict[str, Any]] = {}
        wanted = list(numbers)
        with self._session() as session:
            for start in range(0, len(wanted), _AT_ONCE):
                query = select(GradingRow.number, GradingRow.result).where(
                    GradingRow.number.in_(wanted[start : start + _AT_ONCE])
                )
                found |= {row.number: json.loads(row.result) for row in session.execute(query)}
        return found

    def _latest_rows(self) -> Sequence[Any]:
        """Return the last gradings; of what could not be taken in only if nothing came after it."""
        last = select(func.max(GradingRow.number)).group_by(GradingRow.submission_id)
        query = (
            select(
                GradingRow.number, GradingRow.evidence, GradingRow.result, SubmissionRow.id,
                SubmissionRow.task_id, SubmissionRow.candidate, SubmissionRow.sha256,
            )
            .join(SubmissionRow, SubmissionRow.id == GradingRow.submission_id)
            .where(GradingRow.number.in_(last))
        )  # fmt: skip
        with self._session() as session:  # databases differ in how they sort text
            rows = sorted(
                session.execute(query), key=lambda row: (row.task_id, row.candidate, row.id)
            )
        newest: dict[tuple[str, str], int] = {}
        for row in rows:
            whose = (row.task_id, row.candidate)
            newest[whose] = max(row.number, newest.get(whose, 0))
        return [
            row for row in rows if row.sha256 or row.number == newest[row.task_id, row.candidate]
        ]

    def _complete_results(self) -> None:
        """Make the results of gradings that an earlier version recorded."""
        query = select(GradingRow.number).where(GradingRow.result.is_(None))
        with self._session() as session:
            numbers = session.scalars(query).all()
        for number in numbers:
            result = json.dumps(result_of(self.grading(number)))
            with self._session(writing=True) as session:
                session.get_one(GradingRow, number).result = result

    def find_variant(self, key: str) -> dict[str, bytes] | None:
        """Return a variant's files, if they were made before."""
        with self._session() as session:
            row = session.get(VariantRow, key)
            digest = row.files if row else None
        return None if digest is None else self.objects.get_tree(digest)

    def add_variant(self, key: str, files: dict[str, bytes]) -> None:
        """Keep a variant's files."""
        digest = self.objects.put_tree(files)
        with self._session(writing=True) as session:
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
        with self._session(writing=True) as session:
            session.merge(KeptRow(key=key, content=digest))

    def _evidence(self, digest: str) -> Evidence:
        return Evidence.model_validate_json(self.objects.get(digest))

    @contextlib.contextmanager
    def _session(self, *, writing: bool = False) -> Iterator[Session]:
        """Give one transaction; who writes says so before reading, and waits for its turn."""
        try:
            with (
                connect(self._engine, writing=writing) as connection,
                Session(connection) as session,
                session.begin(),
            ):
                yield session
        except SQLAlchemyError as error:
            raise RecordsError(
                f"The records in {self._place} failed: {_first_line(error)}. Nothing is lost: once "
                "they can be used, the same command goes on."
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
