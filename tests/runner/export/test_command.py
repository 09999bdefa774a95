"""``worksample export``: where it writes, what it refuses, and that it is whole or not at all."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import click
import pytest
from report_samples import cohort

from runner.cli import run
from runner.cli.export import export
from runner.exit_codes import ExitCode
from runner.export import FORMATS
from runner.records import Records

DOC = Path(__file__).parents[3] / "docs" / "exports.md"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Records of a cohort, and a working directory of its own."""
    monkeypatch.chdir(tmp_path)
    records = Records(tmp_path / ".worksample")
    for number, evidence in enumerate(cohort()):
        records.add_grading(evidence, key=str(number), files=None)
    records.close()
    return tmp_path


def made(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} - {".worksample"}


def test_the_command_has_all_formats_and_the_page_tells_of_each() -> None:
    (argument,) = (one for one in export.params if isinstance(one, click.Argument))
    assert isinstance(argument.type, click.Choice)
    assert list(argument.type.choices) == list(FORMATS)
    for name in FORMATS:
        assert f"`{name}`" in DOC.read_text()
    assert [name for name, one in FORMATS.items() if one.for_candidates] == ["gradescope"]


@pytest.mark.parametrize("style", FORMATS)
def test_it_writes_one_thing_and_says_so(
    style: str, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if style == "parquet":
        pytest.importorskip("pyarrow")
    assert run(["export", style]) == ExitCode.DONE
    captured = capsys.readouterr()
    default = FORMATS[style].default
    assert captured.out == ""
    assert captured.err == f"{default}: 8 graded submission(s), 2 without a grade\n"
    assert made(home) == {default}
    assert run(["export", style, "-o", "deep/er/there"]) == ExitCode.DONE
    assert made(home) == {default, "deep"}
    assert made(home / "deep" / "er") == {"there"}


def test_of_one_task_only(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["export", "ctrf", "--task", "scoring-service"]) == ExitCode.DONE
    (name,) = made(home / "worksample-ctrf")
    assert name.startswith("zebra-19-scoring-service-")
    assert run(["export", "csv", "--task", "no-such"]) == ExitCode.USAGE
    assert "worksample results" in capsys.readouterr().err
    assert made(home) == {"worksample-ctrf"}


def test_a_file_is_replaced_and_a_folder_is_not(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "out.xml").write_text("old")
    assert run(["export", "junit", "-o", "out.xml"]) == ExitCode.DONE
    assert (home / "out.xml").read_bytes().startswith(b"<?xml")
    (home / "mine").mkdir()
    (home / "mine" / "notes.txt").write_text("mine")
    for style in ("junit", "ctrf"):
        assert run(["export", style, "-o", "mine"]) == ExitCode.USAGE
        assert "name a" in capsys.readouterr().err
    assert made(home / "mine") == {"notes.txt"}
    assert run(["export", "ctrf", "-o", "out.xml"]) == ExitCode.USAGE
    assert (home / "out.xml").read_bytes().startswith(b"<?xml")


@pytest.mark.parametrize("style", ["junit", "ctrf", "gradescope"])
def test_a_full_disk_leaves_nothing(
    style: str, home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write, count = Path.write_bytes, 0

    def full(path: Path, content: bytes) -> int:
        nonlocal count
        count += 1
        if count == (3 if style != "junit" else 1):
            write(path, content[:10])
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(path, content)

    monkeypatch.setattr(Path, "write_bytes", full)
    assert run(["export", style]) == ExitCode.USAGE
    assert "No space left on device" in capsys.readouterr().err
    assert made(home) == set()


@pytest.mark.parametrize("words", [["--visibility", "visible"], ["--show-details"]], ids=" ".join)
def test_wishes_are_for_what_candidates_see(
    words: list[str], home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["export", "junit", *words]) == ExitCode.USAGE
    assert "gradescope alone" in capsys.readouterr().err
    assert run(["export", "gradescope", *words]) == ExitCode.DONE


def test_wishes_are_heard(home: Path) -> None:
    assert run(["export", "gradescope"]) == ExitCode.DONE
    words = ["--visibility", "after_published", "--show-details"]
    assert run(["export", "gradescope", "-o", "shown", *words]) == ExitCode.DONE
    quiet, loud = (
        next((home / name).glob("lynx-42-*/results.json")).read_text()
        for name in ("worksample-gradescope", "shown")
    )
    assert "after_published" not in quiet
    assert "18 402.10 EUR" not in quiet
    assert '"visibility": "after_published"' in loud
    assert '"visibility": "hidden"' not in loud
    assert "18 402.10 EUR" in loud


def test_without_gradings_there_is_nothing_to_export(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["export", "junit"]) == ExitCode.USAGE
    assert "worksample grade" in capsys.readouterr().err
    assert made(tmp_path) == set()
