"""What the tests of intake share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hostile_archives import Repository

from runner.intake import SubmissionRefusedError, take_in

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from runner.intake import Snapshot
    from sandbox.base import Sandbox

    Problems = Callable[..., str]
    Taken = Callable[..., Snapshot]


@pytest.fixture(scope="session")
def taken(docker_sandbox: Sandbox, candidate_image: str) -> Taken:
    """Take something in with a real sandbox."""

    def take(source: object, **more: object) -> Snapshot:
        return take_in(str(source), sandbox=docker_sandbox, image=candidate_image, **more)  # type: ignore[arg-type]

    return take


@pytest.fixture(scope="session")
def refused(taken: Taken) -> Problems:
    """Return all problems that a refused submission has, one a line."""

    def problems(source: object, **more: object) -> str:
        with pytest.raises(SubmissionRefusedError) as caught:
            taken(source, **more)
        return "\n".join(caught.value.problems)

    return problems


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "work")
