"""Grading files against a bundled task in real containers: what the proofs of the catalog share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from graders.assess import Assessment, AssessRequest, assess
from graders.material import GradingImages, SubmissionFile, VariantData
from graders.variants import generate
from sandbox.model import Limits
from tasks.catalogs import Catalog

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.docker_engine import DockerSandbox
    from tasks.model import Task

SEEDS: Final = (11, 2024, 9_007_199_254_740_993)
TASKS: Final = {task.id: task for task in Catalog.from_setting(None).all()}


class Bench:
    """Makes variants, once for each task and seed, and grades files against them."""

    def __init__(self, sandbox: DockerSandbox, images: GradingImages) -> None:
        self._sandbox = sandbox
        self._images = images
        self._variants: dict[tuple[str, int], VariantData] = {}

    def make_variant(self, task: Task, seed: int) -> VariantData:
        """Make the variant anew."""
        return generate(
            self._sandbox, task, image=self._images.grade, seed=seed, scenarios=task.scenarios
        )

    def grade(self, task: Task, seed: int, files: Mapping[str, bytes]) -> Assessment:
        """Grade the files of a submission, by path."""
        if (task.id, seed) not in self._variants:
            self._variants[task.id, seed] = self.make_variant(task, seed)
        return assess(
            AssessRequest(
                sandbox=self._sandbox,
                task=task,
                images=self._images,
                limits=Limits(**task.limits.model_dump()),
                files=tuple(SubmissionFile(path=path, content=raw) for path, raw in files.items()),
                data=self._variants[task.id, seed],
                run_id="catalog",
            )
        )
