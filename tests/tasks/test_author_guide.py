"""The guide for authors says what is so: its edits can be made, its messages are the real ones."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from author_guide import GUIDE, edits, make_example

from tasks.errors import TaskError
from tasks.loader import load_task
from tasks.model import TaskKind
from tasks.skeleton import create_task

DOCS = Path(__file__).parents[2] / "docs"


def test_example_is_a_task_with_one_more_mistake(tmp_path: Path) -> None:
    before = load_task(create_task("late-counts", TaskKind.REPO, tmp_path / "before"))
    after = load_task(make_example(tmp_path / "after"))
    assert len(edits()) >= 10
    assert {one.name for one in after.solutions} - {one.name for one in before.solutions} == {
        "flawed_names_as_typed"
    }
    assert not any(check.precondition for check in after.checks)
    killed = {check for one in after.solutions for check in one.fails}
    assert killed == {check.id for check in after.checks}


def test_first_step_alone_says_what_the_guide_says(tmp_path: Path) -> None:
    folder = create_task("late-counts", TaskKind.REPO, tmp_path)
    names, old, new = edits()[0]
    path = folder / names[0]
    path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")
    with pytest.raises(TaskError) as caught:
        load_task(folder)
    assert f"Error: {caught.value}\n" in GUIDE


def test_every_step_and_file_of_a_new_task_stands_in_the_guide() -> None:
    steps = re.findall(r"^### (\d)\. ", GUIDE, re.MULTILINE)
    assert steps == [str(number) for number in range(1, 10)]
    told = re.findall(r"^\*\*Step (\d)\.\*\*", GUIDE, re.MULTILINE)
    assert told == steps


def test_links_of_the_guide_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)]+)\)", GUIDE):
        path, _, anchor = target.partition("#")
        text = (DOCS / path).read_text("utf-8")
        headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
        assert not anchor or anchor in [one.lower().replace(" ", "-") for one in headings]


def test_nothing_is_left_to_fill_in() -> None:
    assert not re.findall(r"%[a-z]+%", GUIDE)
