"""``evidence.json``: everything the machine found on one submission, and nothing else.

Reports, exports and the debrief read this and only this. Strings may hold anything a candidate
wrote; whoever shows them cleans them.
"""

from __future__ import annotations

import enum
import re
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

_LONE_HALF: Final = re.compile("[\ud800-\udfff]")

Finite = Annotated[float, Field(allow_inf_nan=False)]


def _without_lone_halves(value: Any) -> Any:
    """Return strings as they can be encoded, in containers as well; parts are so already."""
    match value:
        case str() if not value.isascii():
            return _LONE_HALF.sub(lambda half: f"⟨U+{ord(half.group()):04X}⟩", value)
        case list() | tuple():
            return [_without_lone_halves(item) for item in value]
        case dict():
            return {
                _without_lone_halves(key): _without_lone_halves(item) for key, item in value.items()
            }
        case _:
            return value


class Part(BaseModel):
    """Base of all parts: frozen, and an unknown key is an error.

    Half of a surrogate pair, as in a file name that is no UTF-8, is spelled out: strict JSON has
    no way to write it, and no submission shall keep its own evidence from being written.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _spell_lone_halves(cls, value: Any) -> Any:
        return _without_lone_halves(value)


class State(enum.StrEnum):
    """What became of a submission."""

    GRADED = "graded"
    INVALID_SUBMISSION = "invalid_submission"
    NOT_GRADABLE = "not_gradable"


class ExitKind(enum.StrEnum):
    """How a run ended; every kind but ``exited`` names the limit or signal that cut it off."""

    EXITED = "exited"
    SIGNALED = "signaled"
    TIMED_OUT = "timed_out"
    OUT_OF_MEMORY = "out_of_memory"
    OUTPUT_LIMIT = "output_limit"
    DISK_FULL = "disk_full"


class Outcome(enum.StrEnum):
    """What a check came to."""

    PASSED = "passed"
    FAILED = "failed"
    ERROR = "error"
    """The check is broken: the author's fault."""
    NOT_RUN = "not_run"
    """The run it needs did not finish; ``detail`` says which."""


class MachineState(enum.StrEnum):
    """What the checks of a criterion say together. People judge."""

    MET = "met"
    PARTLY = "partly_met"
    NOT_MET = "not_met"
    UNKNOWN = "unknown"
    """Some check could not be judged, through no fault of the candidate."""
    NO_CHECKS = "no_checks"
    """For people alone, such as reasoning."""


class ClaimVerdict(enum.StrEnum):
    """A claim held against what the checks measured."""

    CONFIRMED = "confirmed"
    CONTRADICTED = "contradicted"
    UNVERIFIABLE = "unverifiable"


class SubmissionFacts(Part):
    """What was handed in."""

    id: str
    candidate: str
    kind: str
    """repo, notebook or service."""
    source: str
    """folder, zip, tar, notebook or git."""
    sha256: str
    received_at: str
    """UTC, ISO 8601."""
    files: int
    bytes: int
    commit: str | None = None


class CommitFacts(Part):
    """One commit of the candidate's history; names and addresses are left out."""

    sha: str
    at: str
    subject: str


class TaskFacts(Part):
    """Which task, exactly."""

    id: str
    version: str
    digest: str
    title: str
    constraint: str
    time_budget_minutes: int
    ai_policy: str


class VariantFacts(Part):
    """Whose data."""

    id: str
    public_sha256: str
    certificate: str = ""
    """SHA-256 of the certificate that the checks hold on this data; empty if there is none."""


DeliverableState = Literal["ok", "missing", "too_large", "not_regular", "unreadable"]


class DeliverableFacts(Part):
    """A file the brief asks for, as it came out of a run."""

    path: str
    state: DeliverableState
    bytes: int
    sha256: str | None


class CellFacts(Part):
    """One code cell of an executed notebook."""

    index: int
    source: str
    text: str
    """Text output, streams and text/plain results together, capped."""
    png: tuple[str, ...] = ()
    """Base64 PNG images, signature and size checked."""
    error: str | None = None
    seconds: Finite


class RunFacts(Part):
    """One execution of the candidate's command or notebook on one scenario."""

    name: str
    scenario: str
    command: tuple[str, ...]
    exit_kind: ExitKind
    exit_code: int | None
    detail: str = ""
    """One sentence on what cut it off, if anything did."""
    wall_time_s: Finite
    cpu_time_s: Finite
    memory_peak_bytes: int
    stdout: str
    stderr: str
    output_truncated: bool
    leftover_processes: int = 0
    deliverables: tuple[DeliverableFacts, ...] = ()
    cells: tuple[CellFacts, ...] = ()

    @property
    def finished(self) -> bool:
        """Whether it exited by itself with code 0."""
        return self.exit_kind is ExitKind.EXITED and self.exit_code == 0


class Catch(Part):
    """A known mistake that a check was written to catch, as the task's proof showed."""

    note: str
    """The mistake, in the author's words."""
    seeds: int
    """On how many seeds the check caught it."""
    of: int
    """On how many it was tried."""


class CheckResult(Part):
    """One hidden test."""

    id: str
    criterion: str
    outcome: Outcome
    points: Finite
    max_points: Finite
    proves: str
    """The check's docstring."""
    detail: str = ""
    """For the reviewer: the failed assertion's sentence, or why it was not run."""
    duration_s: Finite
    catches: tuple[Catch, ...] = ()
    """Known mistakes that it catches; none where the task has no proof that still holds."""


class CriterionResult(Part):
    """The checks of one criterion, added up. The anchors are for people."""

    id: str
    title: str
    definition: str
    weight: Finite
    non_negotiable: bool
    anchors: dict[str, str]
    points: Finite
    max_points: Finite
    machine_state: MachineState


class Measurement(Part):
    """A number a check recorded."""

    name: str
    value: Finite
    unit: str
    reference: Finite | None = None
    """The same number of a reference on the same variant."""
    check: str
    varies: bool = False
    """Whether the clock or the machine has a say in it, as in seconds and memory."""
    at_least: Finite | None = None
    """The threshold that its check holds it against, if it must not be smaller."""
    at_most: Finite | None = None
    """Likewise, if it must not be larger."""


class ClaimResult(Part):
    """A claim of the write-up against what was measured."""

    id: str
    text: str
    unit: str
    claimed: Finite | None
    measured: Finite | None
    tolerance: Finite
    verdict: ClaimVerdict


class Answer(Part):
    """The answer to one prompt."""

    prompt: str
    title: str
    question: str
    criterion: str
    answer: str
    """Markdown, untrusted; empty where there is none."""
    words: int
    max_words: int
    within_limit: bool


class Writeup(Part):
    """The reasoning."""

    found: bool
    source: str = ""
    """WRITEUP.md, or the notebook's cells."""
    answers: tuple[Answer, ...] = ()
    missing: tuple[str, ...] = ()
    """Ids of prompts without an answer."""
    ai_use: str = ""
    problems: tuple[str, ...] = ()
    """What could not be read in its front matter."""


class Flag(Part):
    """A question for a person; changes no points."""

    id: str
    """tamper_suspected, claim_contradicted, ..."""
    text: str


class Provenance(Part):
    """With what it was graded."""

    image: str
    image_digest: str
    grade_image_digest: str
    runner_version: str
    engine: str
    runtime: str
    limits: dict[str, float]
    seccomp_digest: str = ""
    """Of the profile that the candidate's containers ran under; empty in older evidence."""
    extra_syscalls: tuple[str, ...] = ()
    """What the task added to the calls of the profile."""
    nonce: str
    graded_at: str
    phases_s: dict[str, Finite]


class Evidence(Part):
    """One grading."""

    schema_version: Literal["1.0"] = "1.0"
    submission: SubmissionFacts
    task: TaskFacts
    variant: VariantFacts | None = None
    state: State
    reason: str = ""
    """For ``invalid_submission`` what to fix, for ``not_gradable`` whose fault and what."""
    problems: tuple[str, ...] = ()
    """Of an invalid submission: each thing to fix."""
    runs: tuple[RunFacts, ...] = ()
    checks: tuple[CheckResult, ...] = ()
    criteria: tuple[CriterionResult, ...] = ()
    measurements: tuple[Measurement, ...] = ()
    claims: tuple[ClaimResult, ...] = ()
    writeup: Writeup = Writeup(found=False)
    commits: tuple[CommitFacts, ...] = ()
    notes: tuple[str, ...] = ()
    """What intake or the notebook's rebuilding left out."""
    flags: tuple[Flag, ...] = ()
    provenance: Provenance | None = None

    @property
    def points(self) -> float:
        """Points gained over all checks."""
        return sum(check.points for check in self.checks)

    @property
    def max_points(self) -> float:
        """Points that the task offers."""
        return sum(check.max_points for check in self.checks)


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of ``evidence.json``."""
    return Evidence.model_json_schema()


TIMES: frozenset[str] = frozenset(
    {"received_at", "graded_at", "wall_time_s", "cpu_time_s", "memory_peak_bytes", "duration_s",
     "phases_s", "seconds", "nonce"}
)  # fmt: skip
"""Keys that may differ between two gradings of the same submission, task, variant and image."""


_VARYING: Final = frozenset({"value", "reference", "at_least", "at_most"})
"""What differs besides in a measurement that says so."""


def without_times(value: Any) -> Any:
    """Return a copy of decoded evidence without what the clock and the nonce put in."""
    if isinstance(value, dict):
        dropped = TIMES | _VARYING if value.get("varies") else TIMES
        return {key: without_times(item) for key, item in value.items() if key not in dropped}
    if isinstance(value, list):
        return [without_times(item) for item in value]
    return value
