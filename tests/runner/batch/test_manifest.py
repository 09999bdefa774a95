"""A manifest is read whole or refused with everything that is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from runner.batch.manifest import ManifestLine, read_manifest
from runner.errors import SourceError

if TYPE_CHECKING:
    from pathlib import Path

TASKS = ("orders-etl", "churn-leak")


def write(folder: Path, text: str | bytes) -> Path:
    path = folder / "batch.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_lines_in_any_order_of_columns(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "task, Candidate ,submission,note\n"
        "orders-etl,LYNX-1,in/a.zip,x\n"
        '\ufefforders-etl,OTTER-2,"/abs/b c",\n'.replace("\ufeff", "")
        + "churn-leak,LYNX-1,https://host.invalid/r@main,\n",
    )
    assert read_manifest(path, TASKS) == (
        ManifestLine("LYNX-1", "orders-etl", str(tmp_path / "in/a.zip")),
        ManifestLine("OTTER-2", "orders-etl", "/abs/b c"),
        ManifestLine("LYNX-1", "churn-leak", "https://host.invalid/r@main"),
    )


@pytest.mark.parametrize("name", ["path", "url", "source", "Submission"])
def test_the_column_of_the_submission_has_several_names(tmp_path: Path, name: str) -> None:
    path = write(tmp_path, f"\ufeffcandidate,task,{name}\nLYNX-1,orders-etl,a\n")
    assert read_manifest(path, TASKS)[0].source == str(tmp_path / "a")


def test_all_problems_are_told_with_their_lines(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "candidate,task,submission\n"
        "LYNX-1,orders-elt,a\n"
        "Jane Doe,orders-etl,b\n"
        "OTTER-2,orders-etl,\n"
        "LYNX-3,orders-etl,c\n"
        "LYNX-3,orders-etl,d\n",
    )
    with pytest.raises(SourceError) as caught:
        read_manifest(path, TASKS)
    words = str(caught.value)
    assert "line 2: there is no task orders-elt; did you mean orders-etl?" in words
    assert "line 3: " in words
    assert "line 4: no submission" in words
    assert "line 6: LYNX-3 has handed in orders-etl in line 5" in words


def test_of_many_problems_the_first_ten_are_told(tmp_path: Path) -> None:
    lines = "".join(f"LYNX-{number},nothing,a\n" for number in range(15))
    path = write(tmp_path, f"candidate,task,submission\n{lines}")
    with pytest.raises(SourceError, match=r"\(and 5 more\)"):
        read_manifest(path, TASKS)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "has no column candidate"),
        ("candidate,task\nLYNX-1,orders-etl\n", "has no column submission"),
        ("candidate,task,submission\n", "names no submission"),
        (b"candidate,task,submission\n\xff,orders-etl,a\n", "cannot be read"),
        ('candidate,task,submission\n"LYNX-1,orders-etl,a\n', "cannot be read"),
    ],
)
def test_what_is_no_manifest(tmp_path: Path, text: str | bytes, words: str) -> None:
    with pytest.raises(SourceError, match=words):
        read_manifest(write(tmp_path, text), TASKS)
