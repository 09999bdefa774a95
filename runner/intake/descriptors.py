"""Read files of unknown origin on the host: by descriptor, no link, whole or not at all."""

from __future__ import annotations

import contextlib
import os
import stat
from typing import TYPE_CHECKING, Final

from runner.intake.rules import show_name

if TYPE_CHECKING:
    from collections.abc import Iterator

CHUNK_BYTES: Final = 4 << 20
_FILE_FLAGS: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY
_FOLDER_FLAGS: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_DIRECTORY | os.O_CLOEXEC


class UnreadableFileError(Exception):
    """A file cannot be read as it should; the text is a problem for the candidate to fix."""


@contextlib.contextmanager
def opened_folder(path: str | bytes, *, within: int | None = None) -> Iterator[int]:
    """Open a folder that is no link.

    Raises:
        OSError: it is none, or may not be opened.
    """
    folder = os.open(path, _FOLDER_FLAGS, dir_fd=within)
    try:
        yield folder
    finally:
        os.close(folder)


@contextlib.contextmanager
def opened_file(path: str | bytes, *, within: int | None = None) -> Iterator[int]:
    """Open a regular file that is no link; nothing else is opened, not even for a moment.

    Raises:
        UnreadableFileError: it is not a regular file, or may not be opened.
    """
    shown = show_name(os.fsdecode(path))
    try:
        before = os.stat(path, dir_fd=within, follow_symlinks=False)
        if not stat.S_ISREG(before.st_mode):
            raise UnreadableFileError(f"{shown} is not a regular file: hand in the file itself")
        file = os.open(path, _FILE_FLAGS, dir_fd=within)
    except OSError as error:
        raise UnreadableFileError(f"{shown} cannot be opened: {error.strerror}") from error
    try:
        if not _is_same(before, os.fstat(file)):
            raise changed_error(shown)
        yield file
    finally:
        os.close(file)


def read_chunks(file: int, shown: str) -> Iterator[bytes]:
    """Yield the content in chunks.

    Raises:
        UnreadableFileError: it changed meanwhile, or the disk fails.
    """
    before = os.fstat(file)
    left = before.st_size
    try:
        while left > 0:
            data = os.read(file, min(left, CHUNK_BYTES))
            if not data:
                raise changed_error(shown)
            left -= len(data)
            yield data
        if os.read(file, 1) or not _is_same(before, os.fstat(file)):
            raise changed_error(shown)
    except OSError as error:
        raise UnreadableFileError(f"{shown} cannot be read: {error.strerror}") from error


def read_whole(file: int, shown: str) -> bytes:
    """Return the content; the caller has checked its size.

    Raises:
        UnreadableFileError: it changed meanwhile, or the disk fails.
    """
    return b"".join(read_chunks(file, shown))


def changed_error(shown: str) -> UnreadableFileError:
    """Return the error for a file that something writes to."""
    return UnreadableFileError(
        f"{shown} changed while it was being read: hand it in again once nothing writes to it"
    )


def _is_same(before: os.stat_result, after: os.stat_result) -> bool:
    return stat.S_ISREG(after.st_mode) and (
        (before.st_dev, before.st_ino, before.st_size, before.st_mtime_ns)
        == (after.st_dev, after.st_ino, after.st_size, after.st_mtime_ns)
    )
