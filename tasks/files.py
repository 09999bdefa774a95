"""The files of a task folder, without caches and editors' leftovers, and their digest."""

from __future__ import annotations

import fnmatch
import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tasks.errors import TaskFormatError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PROOF_FILE: Final = "proof.json"
"""What the author's proof came to; written by ``worksample tasks validate``."""

_IGNORED_FOLDERS: Final = (
    "__pycache__", ".*_cache", ".ipynb_checkpoints", ".hypothesis",
    ".git", ".idea", ".venv", ".vscode",
)  # fmt: skip
_IGNORED_FILES: Final = ("*~", ".*.sw?", "#*#", ".#*", ".DS_Store", "Thumbs.db", "*.py[co]")


def files_under(task_path: Path, folder: str = "") -> dict[str, Path]:
    """Return the files of a task's folder, or of one folder in it, by relative POSIX path, sorted.

    A folder that is not there has no files.

    Raises:
        TaskFormatError: If there is a link or another file that is not a regular one.
    """
    root = task_path / folder if folder else task_path
    files = {path.relative_to(root).as_posix(): path for path in _walk(task_path, root)}
    return {name: files[name] for name in sorted(files, key=str.encode)}


def read_under(task_path: Path, folder: str) -> dict[str, bytes]:
    """Return the contents of the files of one folder of a task, by relative POSIX path, sorted.

    Raises:
        TaskFormatError: If there is a link or another file that is not a regular one.
    """
    return {name: path.read_bytes() for name, path in files_under(task_path, folder).items()}


def task_digest(task_path: Path) -> str:
    """Return ``sha256:`` over paths and contents of all files but ``solutions/`` and the proof.

    Solutions are left out so that a copy without them, as on a grading machine, is the same task;
    the proof because it names this digest.

    Raises:
        TaskFormatError: If there is a link or another file that is not a regular one.
    """
    return files_digest(grading_files(task_path))


def grading_files(task_path: Path) -> dict[str, bytes]:
    """Return what grading needs of a task: the files that its digest is over, by relative path.

    Raises:
        TaskFormatError: If there is a link or another file that is not a regular one.
    """
    return {
        name: path.read_bytes()
        for name, path in files_under(task_path).items()
        if not name.startswith("solutions/") and name != PROOF_FILE
    }


def files_digest(files: Mapping[str, bytes]) -> str:
    """Return ``sha256:`` over paths and contents, in the order of the paths."""
    digest = hashlib.sha256()
    for name, content in sorted(files.items(), key=lambda file: file[0].encode()):
        digest.update(f"{len(name.encode())} {len(content)}\n{name}\n".encode())
        digest.update(content)
    return f"sha256:{digest.hexdigest()}"


def _walk(task_path: Path, root: Path) -> Iterator[Path]:
    for parent, folders, names in os.walk(root):
        folders[:] = [name for name in folders if not _matches(name, _IGNORED_FOLDERS)]
        for name in folders:
            if Path(parent, name).is_symlink():
                raise _not_regular(task_path, Path(parent, name))
        for name in names:
            path = Path(parent, name)
            if _matches(name, _IGNORED_FILES):
                continue
            if path.is_symlink() or not path.is_file():
                raise _not_regular(task_path, path)
            yield path


def _matches(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)


def _not_regular(task_path: Path, path: Path) -> TaskFormatError:
    file = f"{task_path.name}/{path.relative_to(task_path).as_posix()}"
    return TaskFormatError(file, "", "is a link or special file; a task is made of plain files")
