"""The commands of authors: `tasks new` and `tasks preview`."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import pytest

from runner.cli import run

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WORKSAMPLE_CATALOG", raising=False)
    return tmp_path


@pytest.mark.parametrize("kind", ["repo", "notebook", "service"])
def test_new_says_where_it_is_and_the_next_three_commands(
    kind: str, elsewhere: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["tasks", "new", "late-counts", "--kind", kind, "-o", "my tasks"]) == 0
    out, err = capsys.readouterr()
    assert err.startswith("my tasks/late-counts: a whole task, with ")
    assert "README.md" in err
    assert out.splitlines() == [
        f"worksample tasks {verb} late-counts --catalog 'my tasks'"
        for verb in ("show", "validate", "preview")
    ]
    first = shlex.split(out.splitlines()[0])
    assert run(first[1:]) == 0
    assert f"kind          {kind}" in capsys.readouterr().out.replace("  kind", "kind")


def test_new_makes_it_in_this_folder_if_none_is_named(
    elsewhere: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["tasks", "new", "late-counts", "--kind", "repo"]) == 0
    assert (elsewhere / "late-counts" / "task.toml").is_file()
    assert "worksample tasks show late-counts --catalog ." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["Late Counts", "--kind", "repo"], "such as late-counts"),
        (["late-counts"], "Missing option '--kind'"),
        (["late-counts", "--kind", "script"], "is not one of 'repo', 'notebook', 'service'"),
        (["taken", "--kind", "repo"], "There is already something at taken"),
        (["more", "--kind", "repo", "-o", "file/below"], "cannot be written: Not a directory"),
    ],
)
def test_new_that_cannot_be_is_a_usage_error_with_the_remedy(
    arguments: list[str], words: str, elsewhere: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (elsewhere / "taken").mkdir()
    (elsewhere / "file").write_text("mine")
    assert run(["tasks", "new", *arguments]) == 2
    out, err = capsys.readouterr()
    assert words in err
    assert out == ""
    assert sorted(path.name for path in elsewhere.iterdir()) == ["file", "taken"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--candidate", "LYNX-42", "--seed", "7"], "not both"),
        (["--candidate", "Jane Doe"], "is not a candidate code"),
        (["--seed", "-1"], "not in the range"),
        (["--seed", str(2**64)], "not in the range"),
    ],
)
def test_preview_that_cannot_be_is_a_usage_error(
    arguments: list[str], words: str, elsewhere: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["tasks", "preview", "feature-lib", *arguments]) == 2
    assert words in capsys.readouterr().err
    assert list(elsewhere.iterdir()) == []


def test_preview_of_a_task_that_is_not_there_names_the_nearest(
    elsewhere: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["tasks", "preview", "feature-lob"]) == 3
    assert "did you mean feature-lib?" in capsys.readouterr().err
