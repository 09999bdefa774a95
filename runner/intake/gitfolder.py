"""Find the files of a ``.git`` folder that hold history, and nothing that tells git what to do.

Kept: HEAD, packed-refs, shallow, refs, loose objects, packs with their indexes. Never: config,
hooks, attributes, alternates, modules, worktrees. No git runs on the host, no link is followed.
"""

from __future__ import annotations

import contextlib
import os
import re
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from runner.intake.descriptors import opened_file, opened_folder, read_chunks
from runner.intake.errors import SubmissionRefusedError
from runner.intake.rules import show_name, show_size

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_GIT_BYTES: Final = 256 << 20
MAX_GIT_FILES: Final = 50_000
"""The container's tmpfs has 65,536 inodes."""
_MAX_REF_DEPTH: Final = 10
KEPT: Final = re.compile(
    r"HEAD|packed-refs|shallow|refs/(?!\.)(?!.*/\.)[^\x00-\x1f\x7f\\]{1,230}"
    r"|objects/[0-9a-f]{2}/[0-9a-f]{38}|objects/pack/pack-[0-9a-f]{40}\.(pack|idx)"
)
"""Equal to the pattern of ``git_tree.py``, by test."""
_ENTERED: Final = re.compile(r"refs(/[^/]+)*|objects|objects/pack|objects/[0-9a-f]{2}")


@dataclass(frozen=True, slots=True, kw_only=True)
class GitFile:
    """One file to send, by its path in the ``.git`` folder."""

    path: str
    size: int


@contextlib.contextmanager
def opened_git_folder(location: str) -> Iterator[int | None]:
    """Open the ``.git`` of a work tree, or ``location`` itself if it is a bare repository.

    Gives None where there is none: no ``.git``, or one that is a link or a pointer to elsewhere.
    """
    with contextlib.ExitStack() as stack:
        folder: int | None = stack.enter_context(opened_folder(location))
        if not _is_repository(folder):
            try:
                folder = stack.enter_context(opened_folder(".git", within=folder))
            except OSError:
                folder = None
        yield folder


def _is_repository(folder: int | None) -> bool:
    return all(
        is_kind(_mode(name, folder))
        for name, is_kind in (
            ("HEAD", stat.S_ISREG),
            ("objects", stat.S_ISDIR),
            ("refs", stat.S_ISDIR),
        )
    )


def _mode(name: str, folder: int | None) -> int:
    try:
        return os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode
    except OSError:
        return 0


def list_git_files(folder: int) -> tuple[GitFile, ...]:
    """Return the files to send.

    Raises:
        SubmissionRefusedError: there are too many, or too much.
    """
    files = []
    total = 0
    for file in _walk(folder, ""):
        files.append(file)
        total += file.size
        if len(files) > MAX_GIT_FILES:
            raise SubmissionRefusedError(
                [f"the repository has more than {MAX_GIT_FILES} loose files: run `git gc` first"]
            )
        if total > MAX_GIT_BYTES:
            limit = show_size(MAX_GIT_BYTES)
            raise SubmissionRefusedError(
                [f"the repository has more than {limit} of history: hand in the files as a folder"]
            )
    return tuple(files)


def _walk(folder: int, prefix: str) -> Iterator[GitFile]:
    with os.scandir(folder) as entries:
        for entry in entries:
            path = prefix + entry.name
            with contextlib.suppress(OSError):
                facts = entry.stat(follow_symlinks=False)
                if stat.S_ISREG(facts.st_mode) and KEPT.fullmatch(path) and _is_utf8(path):
                    yield GitFile(path=path, size=facts.st_size)
                elif stat.S_ISDIR(facts.st_mode) and _is_entered(path):
                    with opened_folder(entry.name, within=folder) as inner:
                        yield from _walk(inner, path + "/")


def _is_entered(path: str) -> bool:
    return _ENTERED.fullmatch(path) is not None and path.count("/") < _MAX_REF_DEPTH


def _is_utf8(path: str) -> bool:
    return not any(0xD800 <= ord(char) <= 0xDFFF for char in path)


def read_git_file(folder: int, path: str) -> Iterator[bytes]:
    """Yield the content of one listed file; every part of its path is opened without links.

    Raises:
        UnreadableFileError: it is gone, changed or became something else.
        OSError: a folder above it did.
    """
    *parents, name = path.split("/")
    with contextlib.ExitStack() as stack:
        for parent in parents:
            folder = stack.enter_context(opened_folder(parent, within=folder))
        file = stack.enter_context(opened_file(name, within=folder))
        yield from read_chunks(file, show_name(path))
