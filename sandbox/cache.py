"""The folder for what is costly to fetch: complete files only, one writer at a time."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
import time
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

from sandbox.errors import ImageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Progress = Callable[[str], None]

_STALE_S: Final = 24 * 3600
_POLL_S: Final = 0.2


def cache_folder() -> Path:
    """Return the folder: ``WORKSAMPLE_CACHE``, else worksample's part of the user's cache."""
    named = os.environ.get("WORKSAMPLE_CACHE")
    if named:
        return Path(named).expanduser().absolute()
    parent = os.environ.get("XDG_CACHE_HOME", "")
    home = Path(parent) if Path(parent).is_absolute() else Path.home() / ".cache"
    return home / "worksample"


@contextlib.contextmanager
def complete(target: Path) -> Iterator[Path]:
    """Give a temporary path beside ``target`` that takes its place if the block succeeds.

    The block makes a file or a folder there. After a failure or a kill ``target`` is as before;
    what a killed process left behind is removed a day later.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    _remove_stale(target.parent)
    scratch = Path(tempfile.mkdtemp(prefix=".unfinished-", dir=target.parent))
    try:
        made = scratch / target.name
        yield made
        if target.is_dir():
            target.rename(scratch / ".replaced")
        made.replace(target)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


@contextlib.contextmanager
def locked(
    path: Path, progress: Progress | None = None, *, timeout_s: float = 3600.0
) -> Iterator[None]:
    """Hold the lock file ``path``; the kernel frees it, however this process ends.

    Raises:
        ImageError: another process has held it for ``timeout_s`` seconds.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    deadline = time.monotonic() + timeout_s
    with path.open("a") as file:
        while not _took(file):
            if time.monotonic() > deadline:
                raise ImageError(f"Another process holds {path}; end it and try again.")
            if progress is not None:
                progress("another process is building images; waiting for it")
            progress = None
            time.sleep(_POLL_S)
        yield


def _took(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _remove_stale(folder: Path) -> None:
    for left in folder.glob(".unfinished-*"):
        with contextlib.suppress(OSError):
            if left.stat().st_mtime < time.time() - _STALE_S:
                shutil.rmtree(left, ignore_errors=True)
