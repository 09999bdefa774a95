"""Take in a folder: walked by the host with directory descriptors, following no link."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from runner.intake import rules
from runner.intake.descriptors import (
    UnreadableFileError,
    changed_error,
    opened_file,
    opened_folder,
    read_whole,
)
from runner.intake.draft import Draft
from runner.intake.errors import SubmissionRefusedError
from runner.intake.rules import show_name
from runner.intake.snapshot import SourceKind

if TYPE_CHECKING:
    from collections.abc import Iterator


def read_folder(location: str) -> Draft:
    """Return the files of a folder, its ``.git`` and the like left out."""
    draft = Draft(SourceKind.FOLDER)
    try:
        with opened_folder(location) as folder:
            _Walk(draft).visit(folder, b"")
    except OSError as error:
        raise SubmissionRefusedError(
            [f"the folder {show_name(location)} cannot be read: {error.strerror}"]
        ) from error
    return draft


def read_notebook(location: str) -> Draft:
    """Return the one file of a notebook submission, under its own name."""
    draft = Draft(SourceKind.NOTEBOOK)
    content = read_single_file(location, max_bytes=rules.MAX_FILE_BYTES)
    name, is_utf8 = rules.decode_name(os.fsencode(location).rpartition(b"/")[2])
    if draft.takes_file(name, len(content), is_utf8=is_utf8):
        draft.add_file(name, content, executable=False)
    return draft


def read_single_file(location: str, *, max_bytes: int) -> bytes:
    """Return the content of a file that is a whole submission.

    Raises:
        SubmissionRefusedError: it is too large, no regular file, or changes.
    """
    shown = show_name(location.rpartition("/")[2])
    try:
        with opened_file(location) as file:
            size = os.fstat(file).st_size
            if size <= max_bytes:
                return read_whole(file, shown)
    except UnreadableFileError as error:
        raise SubmissionRefusedError([str(error)]) from error
    sizes = f"{rules.show_size(size)}, the limit is {rules.show_size(max_bytes)}"
    raise SubmissionRefusedError([f"{shown} has {sizes}: make it smaller"])


class _Walk:
    """Visits folders depth first, in the order of the names' bytes."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft

    def visit(self, folder: int, prefix: bytes) -> None:
        """Take in what is in the open ``folder``; ``prefix`` is its path with a closing ``/``."""
        for name, facts in _entries(folder):
            if self._draft.is_full:
                return
            path, is_utf8 = rules.decode_name(prefix + name)
            if is_utf8 and rules.left_out_part(path):
                self._draft.leave_out(path)
            elif stat.S_ISDIR(facts.st_mode):
                self._enter(folder, name, prefix + name + b"/")
            elif self._is_plain(path, facts):
                self._take(folder, name, path, facts, is_utf8=is_utf8)

    def _enter(self, folder: int, name: bytes, prefix: bytes) -> None:
        path, is_utf8 = rules.decode_name(prefix[:-1])
        if not self._draft.takes_name(path, is_utf8=is_utf8):
            return
        try:
            with opened_folder(name, within=folder) as inner:
                self.visit(inner, prefix)
        except OSError as error:
            self._draft.refuse(f"the folder {show_name(path)} cannot be read: {error.strerror}")

    def _is_plain(self, path: str, facts: os.stat_result) -> bool:
        problem = _kind_problem(facts)
        if problem:
            self._draft.refuse(f"{show_name(path)} {problem}")
        return problem is None

    def _take(
        self, folder: int, name: bytes, path: str, facts: os.stat_result, *, is_utf8: bool
    ) -> None:
        if not self._draft.takes_file(path, facts.st_size, is_utf8=is_utf8):
            return
        try:
            with opened_file(name, within=folder) as file:
                now = os.fstat(file)
                if (now.st_size, now.st_ino, now.st_nlink) != (facts.st_size, facts.st_ino, 1):
                    raise changed_error(show_name(path))
                content = read_whole(file, show_name(path))
        except UnreadableFileError as error:
            self._draft.refuse(str(error))
        else:
            executable = bool(facts.st_mode & stat.S_IXUSR)
            self._draft.add_file(path, content, executable=executable)


def _entries(folder: int) -> Iterator[tuple[bytes, os.stat_result]]:
    """Yield what is in a folder, as many as can matter."""
    names = []
    with os.scandir(folder) as entries:
        for entry in entries:
            names.append(os.fsencode(entry.name))
            if len(names) > rules.MAX_ENTRIES:
                break
    for name in sorted(names):
        try:
            yield name, os.stat(name, dir_fd=folder, follow_symlinks=False)
        except FileNotFoundError:
            continue  # removed meanwhile: it is not part of the submission


def _kind_problem(facts: os.stat_result) -> str | None:
    if stat.S_ISLNK(facts.st_mode):
        return "is a symbolic link: put the file itself in its place"
    if not stat.S_ISREG(facts.st_mode):
        return "is neither a file nor a folder: remove it"
    if facts.st_nlink != 1:
        return "is a hard link, one file under several names: put a copy in its place"
    return None
