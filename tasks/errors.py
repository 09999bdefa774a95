"""What can be wrong with a task folder; the author's fault, never the candidate's.

TaskError
  TaskNotFoundError    no catalog has a task of that id
  CatalogError         a catalog folder is missing, or two of them hold the same id
  TaskExistsError      a new task would take the place of something
  TaskFormatError      file, key, reason, nearest known name

ValueError
  TaskSlugError        an id that no task can have
  CandidateCodeError   a candidate code that cannot name files and seeds
"""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


def nearest_name(name: str, known: Iterable[str], *, cutoff: float = 0.6) -> str | None:
    """Return the known name that looks most like ``name``, or None if none does."""
    matches = difflib.get_close_matches(name, sorted(known), n=1, cutoff=cutoff)
    return matches[0] if matches else None


class TaskError(Exception):
    """A task or a catalog cannot be used."""


class TaskNotFoundError(TaskError):
    """No catalog has a task of that id.

    Args:
        id: What was asked for.
        known: Ids of the tasks there are.
        folder: A folder of that name in a catalog, which has no ``task.toml``.
    """

    def __init__(self, id: str, known: Iterable[str], folder: Path | None = None) -> None:
        self.id = id
        self.known = tuple(sorted(known))
        self.folder = folder
        self.nearest = nearest_name(id, self.known)
        super().__init__(id, self.known, folder)

    def __str__(self) -> str:
        if self.folder is not None:
            names = [path.name for path in self.folder.iterdir()]
            near = nearest_name("task.toml", names)
            hint = f" (is {near} meant to be it?)" if near else ""
            return f"There is no task {self.id!r}: {self.folder} has no task.toml{hint}."
        if self.nearest is not None:
            return f"There is no task {self.id!r}; did you mean {self.nearest}?"
        known = ", ".join(self.known) or "none"
        return f"There is no task {self.id!r}; the catalog has: {known}."


class CatalogError(TaskError):
    """A catalog folder cannot be used."""

    def __init__(self, root: Path, reason: str) -> None:
        self.root = root
        self.reason = reason
        super().__init__(root, reason)

    def __str__(self) -> str:
        return f"Catalog {self.root}: {self.reason}"


class TaskExistsError(TaskError):
    """A new task would take the place of something."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        super().__init__(folder)

    def __str__(self) -> str:
        return (
            f"There is already something at {self.folder}; choose another name or another folder."
        )


class TaskFormatError(TaskError):
    """A file of the task folder breaks the format.

    Args:
        file: The task's folder name and the file in it, with ``:line`` where one is known.
        key: The key at fault, such as ``limits.wall_time``; empty if it is the file as a whole.
        reason: What is wrong with it.
        nearest: The known name that was probably meant.
    """

    def __init__(self, file: str, key: str, reason: str, nearest: str | None = None) -> None:
        self.file = file
        self.key = key
        self.reason = reason
        self.nearest = nearest
        super().__init__(file, key, reason, nearest)

    def __str__(self) -> str:
        place = f"{self.file}: {self.key}" if self.key else self.file
        hint = f" (did you mean {self.nearest}?)" if self.nearest else ""
        return f"{place}: {self.reason}{hint}"


class TaskSlugError(ValueError):
    """An id that no task can have."""

    def __init__(self, slug: str) -> None:
        self.slug = slug
        super().__init__(slug)

    def __str__(self) -> str:
        nearest = "-".join(re.findall(r"[a-z0-9]+", self.slug.lower()))[:80].strip("-")
        return (
            f"{self.slug!r} cannot name a task; use lower-case letters, digits and single hyphens "
            f"between them, at most 80, such as {nearest or 'orders-etl'}."
        )


class CandidateCodeError(ValueError):
    """A candidate code that cannot name files and seeds."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)

    def __str__(self) -> str:
        return (
            f"{self.code!r} is not a candidate code; use 1 to 40 letters, digits, '.', '_' or '-', "
            "beginning with a letter or digit, such as LYNX-42."
        )
