"""What an author's Python files import, without running a line of them."""

from __future__ import annotations

import ast
from functools import lru_cache
from typing import TYPE_CHECKING

from tasks.checks import FOLDER, parse_python
from tasks.files import files_under

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tasks.model import Task


def imported_modules(task: Task) -> tuple[str, ...]:
    """Return the modules that the hidden tests and the generator import, sorted.

    Those that stand beside them in the task are left out, and so is what is imported in a function.
    """
    return _imported(task.path, task.digest)


@lru_cache(maxsize=64)
def _imported(path: Path, digest: str) -> tuple[str, ...]:  # noqa: ARG001 - a part of the key
    hidden = (file for name, file in files_under(path, FOLDER).items() if name.endswith(".py"))
    files = [*hidden, *path.glob("*.py")]
    own = {file.stem for file in files} | {file.parent.name for file in files}
    names = {name for file in files for name in _names(file)}
    return tuple(sorted(name for name in names if name.split(".")[0] not in own))


def _names(file: Path) -> Iterator[str]:
    for node in parse_python(file, file.name).body:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
