"""A snapshot in the records: what there is to say of it beside its files, and back."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from runner.errors import RecordsError
from runner.intake.snapshot import Commit, Snapshot, SourceKind, SubmittedFile, digest_files

if TYPE_CHECKING:
    from collections.abc import Mapping


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Commit(_Part):
    hash: str
    author_date: datetime
    committer_date: datetime
    subject: str


class _Facts(_Part):
    version: Literal[1] = 1
    source: SourceKind
    executable: tuple[str, ...]
    """Paths of the files that are."""
    commit: str | None
    commit_log: tuple[_Commit, ...]
    left_out: tuple[str, ...]
    notes: tuple[str, ...]


def facts_json(snapshot: Snapshot) -> bytes:
    """Return everything of a snapshot but its files' contents."""
    facts = _Facts(
        source=snapshot.source,
        executable=tuple(one.path for one in snapshot.files if one.executable),
        commit=snapshot.commit,
        commit_log=tuple(
            _Commit(
                hash=one.hash, author_date=one.author_date, committer_date=one.committer_date,
                subject=one.subject,
            )
            for one in snapshot.commit_log
        ),
        left_out=snapshot.left_out,
        notes=snapshot.notes,
    )  # fmt: skip
    return facts.model_dump_json().encode()


def snapshot_of(facts: bytes, files: Mapping[str, bytes], *, sha256: str) -> Snapshot:
    """Return the snapshot whose facts and files these are.

    Raises:
        RecordsError: they are not those of the submission with this digest.
    """
    try:
        known = _Facts.model_validate_json(facts)
    except ValidationError as error:
        raise RecordsError(f"What is on record of {sha256[:12]} cannot be read.") from error
    executable = set(known.executable)
    found = tuple(
        SubmittedFile(path=path, content=content, executable=path in executable)
        for path, content in sorted(files.items())
    )
    if digest_files(found) != sha256:
        raise RecordsError(f"The files on record of {sha256[:12]} are not those handed in.")
    return Snapshot(
        files=found,
        sha256=sha256,
        source=known.source,
        commit=known.commit,
        commit_log=tuple(Commit(**one.model_dump()) for one in known.commit_log),
        left_out=known.left_out,
        notes=known.notes,
    )
