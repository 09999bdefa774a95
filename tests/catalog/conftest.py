"""The bench on which the catalog is proven."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from graders.grade_containers import GradeContainers
from graders.material import GradingImages
from runner.proof.bench import Bench

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.docker_engine import DockerSandbox

collect_ignore = ["constant"]
"""Submissions: pytest on the host never looks into them."""


@pytest.fixture(scope="session")
def graders(docker_sandbox: DockerSandbox) -> GradeContainers:
    return GradeContainers(docker_sandbox)


@pytest.fixture(scope="session")
def whole_bench(
    docker_sandbox: DockerSandbox,
    graders: GradeContainers,
    candidate_image: str,
    grade_image: str,
) -> Bench:
    images = GradingImages(candidate=candidate_image, grade=grade_image)
    return Bench(docker_sandbox, graders, images)


@pytest.fixture(scope="module")
def bench(whole_bench: Bench, graders: GradeContainers) -> Iterator[Bench]:
    """Give the bench; other tests look for containers of this process, and find none."""
    yield whole_bench
    graders.close()
