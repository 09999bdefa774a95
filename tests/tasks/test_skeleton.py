"""The folder that `worksample tasks new` makes."""

from __future__ import annotations

import ast
import json
import os
import re
import tomllib
from pathlib import Path

import pytest

from tasks.brief import prompt_heading
from tasks.errors import CatalogError, TaskExistsError, TaskSlugError
from tasks.files import files_under
from tasks.loader import load_task
from tasks.model import TaskKind
from tasks.skeleton import LAYERS, TEMPLATES, create_task, task_files

ROOT = Path(__file__).parents[2]
KINDS = tuple(TaskKind)
FOR_CANDIDATES = ("starter/", "public_tests/")


@pytest.mark.parametrize("kind", KINDS)
def test_new_task_loads_whole(kind: TaskKind, tmp_path: Path) -> None:
    task = load_task(create_task("late-counts", kind, tmp_path / "not" / "there"))
    assert (task.id, task.kind) == ("late-counts", kind)
    assert 3 <= len(task.checks) <= 4
    kinds = [one.kind.value for one in task.solutions]
    assert kinds.count("sound") == 2
    assert kinds.count("flawed") >= 2
    assert kinds.count("empty") == 1
    assert (len(task.rubric.prompts), len(task.rubric.claims)) == (2, 1)
    assert "fresh" in task.scenarios
    for folder in ("starter", "public_tests"):
        assert files_under(task.path, folder)


@pytest.mark.parametrize("kind", KINDS)
def test_each_check_is_failed_by_a_mistake_or_says_why_not(kind: TaskKind, tmp_path: Path) -> None:
    task = load_task(create_task("late-counts", kind, tmp_path))
    killed = {check for one in task.solutions for check in one.fails}
    assert {check.id for check in task.checks if not check.precondition} == killed


@pytest.mark.parametrize("kind", KINDS)
def test_every_file_of_the_author_names_its_step_and_none_of_the_candidates_does(
    kind: TaskKind,
) -> None:
    files = task_files("late-counts", kind)
    guide = files["README.md"].decode()
    for name, content in files.items():
        if name.startswith(FOR_CANDIDATES):
            assert not re.search(rb"\bStep \d", content), name
        elif not name.startswith("solutions/") and name != "README.md":
            (step,) = re.findall(r"\bStep (\d)\b", content.decode())
            row = next(row for row in guide.splitlines() if row.startswith(f"| {step} |"))
            assert f"`{name.split('/')[0]}" in row
    steps = re.findall(r"^\| (\d) \|", guide, re.MULTILINE)
    assert steps == [str(number) for number in range(1, 10)]


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_of_the_template_is_left_to_fill_in(kind: TaskKind) -> None:
    for name, content in task_files("late-counts", kind).items():
        assert not re.search(rb"%(slug|kind|part)%", content), name
        assert not name.endswith(".part")
        assert "/every/" not in name
        match Path(name).suffix:
            case ".py":
                ast.parse(content)
            case ".toml":
                tomllib.loads(content.decode())
            case ".ipynb":
                assert json.loads(content)["nbformat"] == 4
            case _:
                content.decode()


def test_every_file_of_the_templates_is_used() -> None:
    used = {layer for layers in LAYERS.values() for layer in layers}
    assert used == {path.name for path in TEMPLATES.iterdir()}
    for part in TEMPLATES.rglob("*.part"):
        whole = (
            TEMPLATES / "common" / part.relative_to(TEMPLATES / part.parts[len(TEMPLATES.parts)])
        )
        assert "%part%\n" in whole.with_suffix("").read_text("utf-8")


def test_a_service_is_a_repository_with_a_server_in_every_solution() -> None:
    files = task_files("late-counts", TaskKind.SERVICE)
    folders = {name.split("/")[1] for name in files if name.startswith("solutions/sound")}
    folders |= {name.split("/")[1] for name in files if name.startswith("solutions/flawed")}
    assert len(folders) == 5
    for folder in folders:
        assert {
            f"solutions/{folder}/{name}" for name in ("forecast.py", "serve.py", "WRITEUP.md")
        } <= set(files)
    assert "solutions/empty/serve.py" not in files
    own = files["solutions/flawed_unknown_is_zero/serve.py"]
    assert own != files["solutions/sound_plain/serve.py"]


def test_starter_notebook_has_the_headings_of_the_write_up(tmp_path: Path) -> None:
    task = load_task(create_task("late-counts", TaskKind.NOTEBOOK, tmp_path))
    document = json.loads((task.path / "starter" / "analysis.ipynb").read_text("utf-8"))
    text = "\n".join("".join(cell["source"]) for cell in document["cells"])
    for prompt in task.rubric.prompts:
        assert prompt_heading(prompt) in text
    assert "days_offline:" in text


@pytest.mark.parametrize(
    ("slug", "remedy"),
    [
        ("My Task", "such as my-task."),
        ("late_counts", "such as late-counts."),
        ("-late--counts-", "such as late-counts."),
        ("../late", "such as late."),
        ("late/counts", "such as late-counts."),
        ("late\n", "such as late."),
        ("Größe", "such as gr-e."),
        ("...", "such as orders-etl."),
        ("", "such as orders-etl."),
        ("x" * 81, "at most 80"),
    ],
)
def test_slug_that_cannot_be_one_gets_the_remedy(slug: str, remedy: str, tmp_path: Path) -> None:
    with pytest.raises(TaskSlugError, match=re.escape(remedy)):
        create_task(slug, TaskKind.REPO, tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("is_folder", [True, False])
def test_nothing_is_overwritten(is_folder: bool, tmp_path: Path) -> None:
    there = tmp_path / "late-counts"
    there.mkdir() if is_folder else there.write_text("mine")
    with pytest.raises(
        TaskExistsError, match=r"There is already something at .*late-counts; choose"
    ):
        create_task("late-counts", TaskKind.REPO, tmp_path)
    assert (list(there.iterdir()) == []) if is_folder else (there.read_text() == "mine")


def test_a_task_inside_a_task_is_refused(tmp_path: Path) -> None:
    folder = create_task("late-counts", TaskKind.REPO, tmp_path)
    with pytest.raises(CatalogError, match="is a task itself; name the folder above it"):
        create_task("more-counts", TaskKind.REPO, folder)


def test_what_cannot_be_written_to_its_end_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = Path.write_bytes

    def fill_up(path: Path, content: bytes) -> int:
        if path.name == "rubric.toml":
            raise OSError(28, os.strerror(28))
        return write(path, content)

    monkeypatch.setattr(Path, "write_bytes", fill_up)
    with pytest.raises(OSError, match="No space left"):
        create_task("late-counts", TaskKind.REPO, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_wheel_takes_the_templates() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    wheel = settings["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert wheel == {"packages": ["runner", "graders", "sandbox", "tasks"]}
    assert TEMPLATES.is_relative_to(ROOT / "tasks")
    ignored = (ROOT / ".gitignore").read_text("utf-8").split()
    for path in TEMPLATES.rglob("*"):
        assert not any(
            path.match(f"**/{pattern.strip('/')}") for pattern in ignored if path.suffix != ".pyc"
        )
