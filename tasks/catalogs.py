"""Catalogs: folders of task folders."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tasks.errors import CatalogError, TaskNotFoundError
from tasks.loader import load_task
from tasks.manifest import SLUG_PATTERN

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tasks.model import Task

BUNDLED: Final = Path(__file__).parent / "catalog"


class Catalog:
    """The tasks of one or several folders; tasks are read when they are asked for.

    Args:
        roots: Folders of task folders. A folder in them that has no ``task.toml`` is skipped.

    Raises:
        CatalogError: If a root is missing or is itself a task, or two hold the same id.
    """

    def __init__(self, roots: Iterable[Path]) -> None:
        self.roots = tuple(dict.fromkeys(root.resolve() for root in roots))
        self._folders: dict[str, Path] = {}
        for root in self.roots:
            for folder in _task_folders(root):
                if folder.name in self._folders:
                    other = self._folders[folder.name].parent
                    raise CatalogError(root, f"has a task {folder.name!r}, and so has {other}.")
                self._folders[folder.name] = folder

    @classmethod
    def from_setting(cls, setting: str | None) -> Catalog:
        """Return the catalogs of a setting such as ``--catalog``.

        Args:
            setting: Folders separated as in ``PATH``; None or empty for the bundled catalog.

        Raises:
            CatalogError: If a root is missing or is itself a task, or two hold the same id.
        """
        roots = [Path(part).expanduser() for part in (setting or "").split(os.pathsep) if part]
        return cls(roots or [BUNDLED])

    def ids(self) -> tuple[str, ...]:
        """Return the ids of all tasks, sorted."""
        return tuple(sorted(self._folders))

    def path(self, id: str) -> Path:
        """Return the folder of a task, without reading it.

        Raises:
            TaskNotFoundError: If no catalog has it.
        """
        if id not in self._folders:
            bare = (root / id for root in self.roots if re.fullmatch(SLUG_PATTERN, id))
            folder = next((path for path in bare if path.is_dir()), None)
            raise TaskNotFoundError(id, self._folders, folder)
        return self._folders[id]

    def load(self, id: str) -> Task:
        """Return a task.

        Raises:
            TaskNotFoundError: If no catalog has it.
            TaskFormatError: If its folder breaks the format.
        """
        return load_task(self.path(id))

    def all(self) -> tuple[Task, ...]:
        """Return all tasks, sorted by id.

        Raises:
            TaskFormatError: If the folder of one breaks the format.
        """
        return tuple(self.load(id) for id in self.ids())


def _task_folders(root: Path) -> list[Path]:
    if not root.is_dir():
        raise CatalogError(root, "there is no such folder; name a folder that holds task folders.")
    if (root / "task.toml").exists():
        raise CatalogError(root, "is a task itself; name the folder above it.")
    return sorted(path for path in root.iterdir() if (path / "task.toml").is_file())
