"""Tell whether a source still holds what it held, without taking it in."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Final

from runner.intake import rules
from runner.intake.errors import SourceNotFoundError, SubmissionRefusedError
from runner.intake.folder import read_folder, read_single_file
from runner.intake.snapshot import SourceKind
from runner.intake.source import parse_source

if TYPE_CHECKING:
    from runner.intake.source import Source

_COMMIT: Final = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")


def fingerprint(source: str) -> str | None:
    """Return a digest of what a source holds, or None if only intake can tell.

    Args:
        source: As `take_in` takes it. A folder is read whole, a file as it is; of a repository only
            a whole commit id says what it holds.
    """
    try:
        return _of(parse_source(source))
    except (SourceNotFoundError, SubmissionRefusedError):
        return None


def _of(source: Source) -> str | None:
    if source.kind is SourceKind.FOLDER:
        draft = read_folder(source.location)
        return None if draft.has_git_folder else draft.finish().sha256
    if source.kind is SourceKind.GIT:
        revision = source.revision or ""
        return f"{source.location}@{revision}" if _COMMIT.fullmatch(revision) else None
    content = read_single_file(source.location, max_bytes=rules.MAX_ARCHIVE_BYTES)
    return hashlib.sha256(content).hexdigest()
