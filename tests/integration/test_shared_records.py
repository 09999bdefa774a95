"""A grading through the command line, with records in PostgreSQL and files in S3; two machines."""

from __future__ import annotations

import csv
import json
import os
from typing import TYPE_CHECKING

import pytest
from s3_server import BUCKET, S3Server
from tiny_task import SOUND, write_tiny_task

from runner.cli import run
from runner.errors import RecordsError
from runner.records import Home, Records

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from postgres_server import PostgresServer

pytestmark = pytest.mark.docker


@pytest.fixture
def shared(
    postgres: PostgresServer, s3: S3Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Name records and files by URL, as a person would: in the environment."""
    monkeypatch.setenv("WORKSAMPLE_RECORDS", postgres.new_database())
    monkeypatch.setenv("WORKSAMPLE_FILES", f"s3://{BUCKET}/round-1")
    monkeypatch.setenv("WORKSAMPLE_CATALOG", str(tmp_path / "catalog"))
    write_tiny_task(tmp_path / "catalog")


def test_what_one_machine_grades_another_reads(
    shared: None, grade_image: str, submit: Callable[..., str], tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    here, there = str(tmp_path / "here"), str(tmp_path / "there")
    sound = submit({"add.py": SOUND})
    assert run(["grade", "tiny", sound, "--candidate", "LYNX-1", "--home", here]) == 0
    assert [path.name for path in (tmp_path / "here").iterdir()] == []
    capsys.readouterr()

    assert run(["results", "--home", there, "--format", "json"]) == 0
    (result,) = json.loads(capsys.readouterr().out)["results"]
    assert (result["candidate"], result["state"], result["points"]) == ("LYNX-1", "graded", 3)

    assert run(["status", "--home", there]) == 0
    assert "1 of 1 done" in capsys.readouterr().out

    assert run(["report", "--home", there, "-o", str(tmp_path / "pages")]) == 0
    pages = list((tmp_path / "pages").rglob("*.html"))
    assert any("LYNX-1" in page.read_text() for page in pages)

    assert run(["export", "csv", "--home", there, "-o", str(tmp_path / "long.csv")]) == 0
    with (tmp_path / "long.csv").open(newline="") as file:
        assert {row["candidate"] for row in csv.DictReader(file)} == {"LYNX-1"}

    again = ["grade", "tiny", sound, "--candidate", "LYNX-1", "--home", there]
    assert run(again) == 0
    records = Records(
        Home(
            folder=tmp_path,
            records=os.environ["WORKSAMPLE_RECORDS"],
            files=f"s3://{BUCKET}/round-1",
        )
    )
    with pytest.raises(RecordsError):
        records.grading(2)
    assert records.grading(1).points == 3
    records.close()


def test_files_that_others_cannot_read_are_said_once(
    postgres: PostgresServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["results", "--home", str(tmp_path), "--records", postgres.new_database()]
    assert run(arguments) == 0
    assert capsys.readouterr().err.count("where no other can read them") == 1


def test_records_that_do_not_answer_have_their_exit_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = "postgresql://loop:hunter2@127.0.0.1:1/records"
    assert run(["results", "--home", str(tmp_path), "--records", url]) == 5
    told = capsys.readouterr().err
    assert "postgresql://loop:***@127.0.0.1:1/records cannot be opened" in told
    assert "hunter2" not in told
