"""What a grading works with, and who does its heavy part: this process, or somebody else."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, Protocol, Self

from graders.assess import Assessment, AssessRequest, assess
from graders.variants import generate
from sandbox.errors import EngineUnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable

    from graders.grade_containers import GradeContainers
    from graders.material import GradingImages, VariantData
    from runner.records import Records
    from sandbox.base import Sandbox
    from sandbox.model import EngineInfo
    from tasks.model import Task


class WorkerUnavailableError(EngineUnavailableError):
    """The engine of one worker of several does not answer; the others go on."""


class Where(NamedTuple):
    """The engine that containers ran on, in the evidence's words."""

    engine: str
    runtime: str

    @classmethod
    def of(cls, engine: EngineInfo, runtime: str | None) -> Self:
        """Return the words for an engine; ``runtime`` is what it was asked for, if anything."""
        return cls(f"Docker {engine.version}", runtime or engine.default_runtime)


class Assessed(NamedTuple):
    """What was found, where, and what was waited for before anybody began; in seconds."""

    found: Assessment
    where: Where
    waited_s: float = 0.0
    """For somebody who had time for it."""
    image_s: float = 0.0
    """For images that were not there."""


class Hands(Protocol):
    """Who does what takes containers, once the submission has been taken in."""

    @property
    def are_here(self) -> bool:
        """Whether the containers take this machine's memory and processors."""
        ...

    def generate(self, workshop: Workshop, task: Task, *, seed: int) -> VariantData:
        """Make a variant; see :func:`graders.variants.generate`."""
        ...

    def assess(self, workshop: Workshop, request: AssessRequest) -> Assessed:
        """Judge a submission; see :func:`graders.assess.assess`.

        Raises:
            WorkerUnavailableError: it was given to a worker that cannot work at the moment.
        """
        ...

    def probe(self, workshop: Workshop) -> None:
        """Return if there is an engine to work on.

        Raises:
            EngineUnavailableError: there is none.
        """
        ...

    def cancel(self) -> None:
        """Give up all that is under way; whoever waits for it gets a CancelledError."""
        ...


class OwnHands:
    """This process, on the workshop's engine."""

    are_here = True

    def generate(self, workshop: Workshop, task: Task, *, seed: int) -> VariantData:
        """Make a variant."""
        return generate(
            workshop.graders,
            task,
            image=workshop.images.grade,
            seed=seed,
            scenarios=task.scenarios,
        )

    def assess(self, workshop: Workshop, request: AssessRequest) -> Assessed:
        """Judge a submission."""
        return Assessed(assess(request), Where.of(workshop.engine, workshop.runtime))

    def probe(self, workshop: Workshop) -> None:
        """Ask the engine anything."""
        workshop.sandbox.info()

    def cancel(self) -> None:
        """Leave it to the sandbox, which ends what runs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """Everything a grading works with, opened once."""

    sandbox: Sandbox
    graders: GradeContainers
    engine: EngineInfo
    images: GradingImages
    records: Records
    images_s: float = 0.0
    """How long it took until the images were there, in seconds."""
    runtime: str | None = None
    make_room: Callable[[], object] = lambda: None
    """Removes old images of ours."""
    hands: Hands = field(default_factory=OwnHands)
