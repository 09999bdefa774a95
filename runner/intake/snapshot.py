"""What intake makes of a submission: an immutable set of files with one digest."""

from __future__ import annotations

import enum
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable

_MANIFEST_HEAD: Final = b"worksample snapshot 1\n"


class SourceKind(enum.Enum):
    """What the submission came in."""

    FOLDER = "folder"
    ZIP = "zip"
    TAR = "tar"
    NOTEBOOK = "notebook"
    GIT = "git"


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmittedFile:
    """One file of a submission."""

    path: str
    """Relative, parts joined by ``/``."""
    content: bytes
    executable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """One entry of the commit log; who made it is left out, and so is the time zone."""

    hash: str
    author_date: datetime.datetime
    """In UTC; whatever the author's machine claimed."""
    committer_date: datetime.datetime
    """In UTC; likewise a claim."""
    subject: str
    """Safe to print, at most 200 characters and a mark of the cut."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A submission as it was taken in."""

    files: tuple[SubmittedFile, ...]
    """Sorted by path."""
    sha256: str
    """Over paths, executable bits and contents: the same files give the same digest however they
    were handed in."""
    source: SourceKind
    commit: str | None = None
    """The commit that was read; a folder has none, even with a ``.git`` in it."""
    commit_log: tuple[Commit, ...] = ()
    """Newest first, at most 200."""
    left_out: tuple[str, ...] = ()
    """Files and folders that are never taken in, such as ``__pycache__``."""
    notes: tuple[str, ...] = ()
    """What a reviewer should know, such as Git LFS pointers."""


def digest_files(files: Iterable[SubmittedFile]) -> str:
    """Return the SHA-256 over a canonical manifest of ``files``, in any order."""
    manifest = hashlib.sha256(_MANIFEST_HEAD)
    for file in sorted(files, key=lambda file: file.path):
        bit = "x" if file.executable else "-"
        content = hashlib.sha256(file.content).hexdigest()
        manifest.update(f"{bit} {content} {len(file.content)} {file.path}\0".encode())
    return manifest.hexdigest()
