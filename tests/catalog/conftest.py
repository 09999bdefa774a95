"""The bench on which the catalog is proven."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from graders.grade_containers import GradeContainers
from graders.material import GradingImages
from runner.proof.bench import Bench

if TYPE_CHECKING:
    from sandbox.docker_engine import DockerSandbox

collect_ignore = ["constant"]
"""Submissions: pytest on the host never looks into them."""


@pytest.fixture(scope="session")
def bench(docker_sandbox: DockerSandbox, candidate_image: str, grade_image: str) -> Bench:
    images = GradingImages(candidate=candidate_image, grade=grade_image)
    return Bench(docker_sandbox, GradeContainers(docker_sandbox), images)
