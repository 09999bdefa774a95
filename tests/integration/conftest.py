"""A tiny task and what grades it, on real containers."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import pytest
from owned import of_this_process
from tiny_task import write_tiny_task

from graders.grade_containers import GradeContainers
from graders.material import GradingImages
from runner.records import Records
from runner.workshop import Workshop
from sandbox.docker_engine import DockerSandbox
from tasks.loader import load_task

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tasks.model import Task


@pytest.fixture
def tiny_task(tmp_path: Path) -> Callable[..., Task]:
    """Return a function that writes and loads the tiny task, with changes."""

    def make(**changes: Any) -> Task:
        return load_task(write_tiny_task(tmp_path / "catalog", **changes))

    return make


@pytest.fixture
def submit(tmp_path: Path) -> Callable[..., str]:
    """Return a function that writes a submission of files and returns its folder."""

    def write(files: dict[str, str], name: str = "LYNX-1") -> str:
        folder = tmp_path / "submissions" / name
        for path, text in files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(textwrap.dedent(text))
        return str(folder)

    return write


@pytest.fixture
def workshop(
    tmp_path: Path, docker_sandbox: DockerSandbox, candidate_image: str, grade_image: str
) -> Iterator[Workshop]:
    """Give an engine of its own, the images and fresh records."""
    sandbox = DockerSandbox()
    records = Records(tmp_path / ".worksample")
    yield Workshop(
        sandbox=sandbox,
        graders=GradeContainers(sandbox),
        engine=sandbox.info(),
        images=GradingImages(candidate=candidate_image, grade=grade_image),
        records=records,
    )
    sandbox.close()
    records.close()


@pytest.fixture
def left(docker_sandbox: DockerSandbox) -> Callable[[], list[dict[str, Any]]]:
    """Say what a test has left so far; others' grade containers may wait for their next job."""
    others = {one["Id"] for one in of_this_process(docker_sandbox)}

    def find() -> list[dict[str, Any]]:
        return [one for one in of_this_process(docker_sandbox) if one["Id"] not in others]

    return find
