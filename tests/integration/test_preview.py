"""`worksample tasks preview` makes the data of a variant and shows the brief with it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from runner.cli import run
from tasks.model import TaskKind
from tasks.skeleton import create_task

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.docker_engine import DockerSandbox

pytestmark = pytest.mark.docker


def test_preview_shows_the_brief_of_a_seed_or_of_a_candidate(
    tmp_path: Path,
    docker_sandbox: DockerSandbox,
    candidate_image: str,
    grade_image: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    create_task("late-counts", TaskKind.REPO, tmp_path / "catalog")
    command = ["tasks", "preview", "late-counts", "--catalog", "catalog", "--home", "home"]
    days = {}
    for name, more in {
        "default": [],
        "same": ["--seed", "1"],
        "other": ["--seed", "8"],
        "LYNX-42": ["--candidate", "LYNX-42"],
    }.items():
        target = [] if name == "default" else ["-o", f"{name}.html"]
        assert run([*command, *more, *target]) == 0
        assert "not for candidates" in capsys.readouterr().err
        path = tmp_path / ("late-counts-preview.html" if name == "default" else f"{name}.html")
        page = path.read_text("utf-8")
        assert "A buyer orders for 26 shops" in page
        assert (f"the data of {name}" if more[:1] == ["--candidate"] else "nobody") in page
        days[name] = re.findall(r"from (\d{4}-\d\d-\d\d) on", page)
    assert days["default"] == days["same"]
    assert len({tuple(found) for found in days.values()}) == 3
