"""On what a trial stands: whoever has the same grounds need not run it again."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from tasks.files import files_digest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.resources.abc import Traversable

    from runner.workshop import Workshop
    from tasks.model import Task

_ROOMS = ("sandbox", "graders")
"""The code that decides what a trial comes to."""
_NO_CODE = ("__pycache__", "catalog")


def grounds(workshop: Workshop, task: Task, *parts: str) -> str:
    """Return a digest over the task, the images, the code that decides, and ``parts``."""
    images = (workshop.images.candidate, workshop.images.grade)
    runtime = workshop.runtime or workshop.engine.default_runtime
    whole = ("worksample trial 1", task.digest, *images, runtime, code_digest(), *parts)
    return hashlib.sha256("\0".join(whole).encode()).hexdigest()


@cache
def code_digest(*, rooms: tuple[str, ...] = _ROOMS, without: str = "") -> str:
    """Return a digest over the sources of rooms.

    Args:
        rooms: The sandbox and the graders if not given.
        without: A folder that has no say in what is asked, such as ``graders/inside/``.
    """
    sources = {
        f"{room}/{path}": content
        for room in rooms
        for path, content in _sources(resources.files(room))
    }
    return files_digest(
        {
            path: content
            for path, content in sources.items()
            if not (without and path.startswith(without))
        }
    )


def _sources(folder: Traversable, prefix: str = "") -> Iterator[tuple[str, bytes]]:
    for item in folder.iterdir():
        if item.is_dir() and item.name not in _NO_CODE:
            yield from _sources(item, f"{prefix}{item.name}/")
        elif item.name.endswith(".py"):
            yield f"{prefix}{item.name}", item.read_bytes()
