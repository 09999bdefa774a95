"""What crosses to a worker and back: names, numbers and digests, as JSON. Contents do not."""

from __future__ import annotations

from typing import Final

from pydantic import Field

from graders.errors import GraderError, StubGoneError, UpstreamError, VariantError, VerdictError
from graders.evidence import (
    CheckResult,
    ClaimResult,
    CriterionResult,
    Finite,
    Flag,
    Measurement,
    Part,
    RunFacts,
    Writeup,
)
from graders.handed_in import UngradableSubmissionError
from runner import __version__
from runner.errors import WorkerError
from runner.proof.grounds import code_digest
from sandbox.errors import EngineUnavailableError, SandboxError
from sandbox.model import Limits

FOUND: Final = "found.json"
"""What the judged submission came to, in the tree of an answer."""
KEPT: Final = "runs"
"""The runs that were judged, in the same tree, if they are kept."""
FAULTS: Final[tuple[type[Exception], ...]] = (
    UngradableSubmissionError, VariantError, UpstreamError, VerdictError, GraderError,
    StubGoneError, EngineUnavailableError, SandboxError, WorkerError,
)  # fmt: skip
"""What may go wrong at a worker, the special before the general; they cross by name."""
BUG: Final = "bug"
"""In the place of a name: a fault of ours."""


class Judging(Part):
    """A submission to be judged on a variant."""

    submission: str
    """Tree of its files, each below ``x/`` if it is executable, else below ``-/``."""
    variant: str
    """Tree of the candidate's data."""
    limits: Limits
    run_id: str
    circumstances: dict[str, str] | None
    """Of the runs to be kept; see :class:`graders.assess.AssessRequest`."""
    kept: str = ""
    """Object that holds earlier runs, if there are any."""


class Order(Part):
    """One piece of work. Strings of 64 digits are objects of the store."""

    store: str
    """URL of the file store."""
    task: str
    """Tree of what grading needs of the task."""
    task_id: str
    task_digest: str
    candidate_image: str
    grade_image: str
    images: dict[str, str] = Field(default_factory=dict)
    """Where in the store an image is, by its id; those that a worker has asked for."""
    runtime: str | None
    most_uses: int
    """How many jobs a grade container serves."""
    seed: int = 0
    """Of the variant to make, where there is nothing to be judged."""
    judging: Judging | None = None


class Answer(Part):
    """What became of it."""

    worker: str
    result: str = ""
    """Tree of the variant, or of what was found."""
    engine: str = ""
    runtime: str = ""
    image_s: float = 0.0
    """How long it took to have the images there, in seconds."""
    missing: tuple[str, ...] = ()
    """Ids of images that the worker's engine lacks; the order is to be given once more."""
    fault: str = ""
    """Name of one of :data:`FAULTS`, or :data:`BUG`; empty if nothing went wrong."""
    words: str = ""
    problems: tuple[str, ...] = ()
    """What the candidate has to fix."""


class Found(Part):
    """An assessment on its way: all but the kept runs of :class:`graders.assess.Assessment`."""

    runs: tuple[RunFacts, ...]
    checks: tuple[CheckResult, ...]
    criteria: tuple[CriterionResult, ...]
    measurements: tuple[Measurement, ...]
    claims: tuple[ClaimResult, ...]
    writeup: Writeup
    notes: tuple[str, ...]
    flags: tuple[Flag, ...]
    nonce: str
    phases_s: dict[str, Finite]
    why_executed: str
    asked_live: bool


def code() -> str:
    """Return a name for this very code; what runs on both sides has to be the same."""
    return f"{__version__} {code_digest(rooms=('runner', 'graders', 'sandbox', 'tasks'))}"
