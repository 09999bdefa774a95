from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from tasks.errors import TaskFormatError
from tasks.files import files_under, read_under, task_digest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    MakeTask = Callable[..., Path]


def test_digest_is_that_of_names_and_contents(tmp_path: Path) -> None:
    (tmp_path / "starter").mkdir(parents=True)
    (tmp_path / "task.toml").write_bytes(b"x = 1\n")
    (tmp_path / "starter" / "ü.py").write_bytes(b"")
    known = hashlib.sha256(b"13 0\nstarter/\xc3\xbc.py\n" + b"9 6\ntask.toml\n" + b"x = 1\n")
    assert task_digest(tmp_path) == f"sha256:{known.hexdigest()}"


@pytest.mark.parametrize(
    "file",
    [
        "solutions/sound_plain/more.py",
        "proof.json",
        "hidden_tests/__pycache__/test_total.cpython-313.pyc",
        "starter/.pytest_cache/x",
        ".mypy_cache/x",
        "starter/.ipynb_checkpoints/a.ipynb",
        "brief.md~",
        ".brief.md.swp",
        "#brief.md#",
        ".#brief.md",
        "starter/.DS_Store",
        "starter/a.pyc",
    ],
)
def test_solutions_and_leftovers_do_not_change_the_digest(make_task: MakeTask, file: str) -> None:
    before = task_digest(make_task())
    assert task_digest(make_task(files={file: "more"})) == before


@pytest.mark.parametrize(
    "file", ["starter/more.py", "extra.md", "starter/.gitignore", "starter/proof.json"]
)
def test_other_files_change_the_digest(make_task: MakeTask, file: str) -> None:
    before = task_digest(make_task())
    assert task_digest(make_task(files={file: ""})) != before


def test_moving_bytes_between_files_changes_the_digest(make_task: MakeTask) -> None:
    one = task_digest(make_task(files={"starter/a": "ab", "starter/b": "c"}))
    two = task_digest(make_task(files={"starter/a": "a", "starter/b": "bc"}))
    assert one != two


def test_files_are_sorted_and_relative(make_task: MakeTask) -> None:
    folder = make_task(files={"starter/z.py": "z", "starter/a/b.py": "b"})
    assert list(files_under(folder, "starter")) == ["a/b.py", "total.py", "z.py"]
    assert read_under(folder, "starter")["a/b.py"] == b"b"


def test_folder_that_is_not_there_has_no_files(make_task: MakeTask) -> None:
    assert files_under(make_task(), "nothing") == {}


@pytest.mark.parametrize("target", ["brief.md", "hidden_tests", "nowhere"])
def test_link_is_refused(make_task: MakeTask, target: str) -> None:
    folder = make_task()
    (folder / "starter" / "link").symlink_to(folder / target)
    with pytest.raises(TaskFormatError, match="sum-column/starter/link: is a link"):
        task_digest(folder)
