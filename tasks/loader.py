"""Loads a task folder and holds its files against each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasks.brief import check_brief
from tasks.checks import find_checks
from tasks.files import files_under, task_digest
from tasks.hidden_names import check_names
from tasks.model import Manifest, Rubric, Solution, Solutions, Task
from tasks.references import (
    check_folder,
    check_hidden_tests,
    check_manifest,
    check_notebook,
    check_rubric,
    check_solutions,
    check_upstream,
    check_variant,
)
from tasks.toml_file import read_toml

if TYPE_CHECKING:
    from pathlib import Path


def load_task(path: Path) -> Task:
    """Return the task in a folder.

    Raises:
        TaskFormatError: If a file is missing or breaks the format, or two of them disagree.
    """
    folder = path.resolve()
    manifest = read_toml(folder / "task.toml", f"{folder.name}/task.toml", Manifest)
    check_manifest(folder, manifest)
    check_folder(folder)
    check_brief(folder)
    check_variant(folder)
    check_upstream(folder, manifest)
    rubric = read_toml(folder / "rubric.toml", f"{folder.name}/rubric.toml", Rubric)
    check_rubric(folder, rubric)
    checks = find_checks(folder)
    check_hidden_tests(folder, checks, rubric)
    check_names(folder, manifest, rubric)
    listed = _listed_solutions(folder)
    check_solutions(folder, listed, checks)
    check_notebook(folder, manifest, listed)
    return Task(
        path=folder,
        manifest=manifest,
        rubric=rubric,
        checks=checks,
        solutions=_solutions(listed),
        digest=task_digest(folder),
    )


def _listed_solutions(folder: Path) -> Solutions | None:
    """Return ``solutions.toml``; None for a copy of the task without solutions."""
    if not files_under(folder, "solutions"):
        return None
    file = f"{folder.name}/solutions/solutions.toml"
    return read_toml(folder / "solutions" / "solutions.toml", file, Solutions)


def _solutions(listed: Solutions | None) -> tuple[Solution, ...]:
    return tuple(
        Solution(
            name=entry.name,
            kind=entry.kind,
            note=entry.note,
            fails=entry.fails,
        )
        for entry in (listed.solutions if listed else ())
    )
