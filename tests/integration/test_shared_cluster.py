"""Workers that share no disk with who gives the work: PostgreSQL, an S3 server, Dask."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from s3_server import BUCKET, S3Server
from tiny_task import SOUND, write_tiny_task

from graders.evidence import without_times
from runner.cli import run

pytest.importorskip("distributed", reason="needs worksample[dask]")

from dask_cluster import DaskCluster

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from postgres_server import PostgresServer

pytestmark = [pytest.mark.docker, pytest.mark.xdist_group("cluster")]


def test_what_workers_without_a_disk_in_common_grade_is_the_same(
    postgres: PostgresServer,
    s3: S3Server,
    grade_image: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("WORKSAMPLE_RECORDS", postgres.new_database())
    monkeypatch.setenv("WORKSAMPLE_FILES", f"s3://{BUCKET}/round-1")
    write_tiny_task(tmp_path / "catalog")
    for number in range(6):
        source = tmp_path / "in" / f"LYNX-{number}"
        source.mkdir(parents=True)
        (source / "add.py").write_text((SOUND, "1 / 0")[number % 2])
    command = ["grade", "tiny", *map(str, sorted((tmp_path / "in").iterdir())), "--catalog",
               str(tmp_path / "catalog"), "--home", str(tmp_path / "home"), "--again",
               "--format", "json"]  # fmt: skip
    assert run(command) == 0
    here = _evidence(capsys)
    cluster = DaskCluster(tmp_path, workers=3)
    try:
        assert run([*command, "--engine", cluster.url]) == 0
        assert _evidence(capsys) == here
    finally:
        cluster.stop()
    assert [path.name for path in (tmp_path / "home").iterdir()] == []


def _evidence(capsys: pytest.CaptureFixture[str]) -> Any:
    found = without_times(json.loads(capsys.readouterr().out)["evidence"])
    assert len(found) == 6
    return found
