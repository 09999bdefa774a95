"""What ``docs/authoring.md`` tells authors to do, done: its edits applied to a new task."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Final

from tasks.model import TaskKind
from tasks.skeleton import create_task

GUIDE: Final = (Path(__file__).parents[2] / "docs" / "authoring.md").read_text("utf-8")

_EDIT: Final = re.compile(r"^In (`[^\n]+`):\n\n```diff\n(.*?)```\n", re.DOTALL | re.MULTILINE)
_COPY: Final = re.compile(r"^cp -r my-tasks/late-counts/(\S+) my-tasks/late-counts/(\S+)$", re.M)


def edits() -> list[tuple[list[str], str, str]]:
    """Return for each edit its files, the text to find, and what comes in its place."""
    found = []
    for names, body in _EDIT.findall(GUIDE):
        lines = body.splitlines(keepends=True)
        old = "".join(line[1:] for line in lines if not line.startswith("+"))
        new = "".join(line[1:] for line in lines if not line.startswith("-"))
        found.append((re.findall(r"`([^`]+)`", names), old, new))
    return found


def make_example(catalog: Path) -> Path:
    """Return the guide's example as it is after its last step."""
    folder = create_task("late-counts", TaskKind.REPO, catalog)
    for source, copy in _COPY.findall(GUIDE):
        shutil.copytree(folder / source, folder / copy)
    for names, old, new in edits():
        for name in names:
            text = (folder / name).read_text("utf-8")
            assert text.count(old) == 1, f"{name} has {text.count(old)} times {old!r}"
            (folder / name).write_text(text.replace(old, new), "utf-8")
    return folder
