"""Judge one submission: record its runs, run the hidden tests, read the write-up, add up."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from graders import writeup as writeups
from graders.checks import CheckRequest, run_checks
from graders.evidence import (
    CheckResult,
    ClaimResult,
    ClaimVerdict,
    CriterionResult,
    Flag,
    MachineState,
    Measurement,
    Outcome,
    RunFacts,
    Writeup,
)
from graders.handed_in import read_notebook, read_writeup
from graders.kept_runs import NOT_KEPT, can_be_kept, grounds_of, keep, why_executed
from graders.recorded import Recorder, Recording, record_runs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from graders.grade_containers import GradeContainers
    from graders.kept_runs import KeptRuns
    from graders.material import GradingImages, SubmissionFile, VariantData
    from sandbox.base import Sandbox
    from sandbox.model import Limits
    from tasks.model import Criterion, Task


@dataclass(frozen=True, slots=True, kw_only=True)
class AssessRequest:
    """One submission, ready to be judged."""

    sandbox: Sandbox
    graders: GradeContainers
    task: Task
    images: GradingImages
    limits: Limits
    files: tuple[SubmissionFile, ...]
    data: VariantData
    run_id: str
    on_phase: Callable[[str], None] = lambda _name: None
    circumstances: Mapping[str, str] | None = None
    """What else recorded runs depend on, digests by what it is in words; None keeps no runs."""
    kept: KeptRuns | None = None
    """Runs of an earlier grading, to be judged if they depend on what is there now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """Everything found."""

    runs: tuple[RunFacts, ...]
    checks: tuple[CheckResult, ...]
    criteria: tuple[CriterionResult, ...]
    measurements: tuple[Measurement, ...]
    claims: tuple[ClaimResult, ...]
    writeup: Writeup
    notes: tuple[str, ...]
    flags: tuple[Flag, ...]
    nonce: str
    phases_s: dict[str, float] = field(default_factory=dict)
    kept: KeptRuns | None = None
    """The runs that were judged, unless nobody keeps them or they cannot be kept."""
    why_executed: str = ""
    """Why the runs were executed, as a clause; empty if kept ones were judged."""
    asked_live: bool = False
    """Whether hidden tests asked for running code of the candidate's."""


def assess(request: AssessRequest) -> Assessment:
    """Judge one submission.

    Raises:
        graders.handed_in.UngradableSubmissionError: the candidate has to fix it first.
        GraderError: the author's fault.
        SandboxError: the machine's fault.
    """
    clock = _Clock(request.on_phase)
    notebook = read_notebook(request.task, request.files)
    recorder = Recorder(
        sandbox=request.sandbox,
        task=request.task,
        images=request.images,
        limits=request.limits,
        files=request.files,
        notebook=notebook,
        data=request.data,
        run_id=request.run_id,
    )
    parsed, source = read_writeup(request.files, notebook)
    answered = writeups.match(parsed, request.task.rubric.prompts, source=source)
    stated = parsed.claims if parsed else {}
    with clock.phase("run"):
        recording, kept, why = _obtain_runs(request, recorder)
    with recording, clock.phase("grade"):
        outcome = run_checks(
            CheckRequest(
                recorder=recorder,
                recording=recording,
                containers=request.graders,
                claims=stated,
                answers={answer.prompt: answer.answer for answer in answered.answers},
            )
        )
    judged = outcome.judged
    claims = writeups.compare(request.task.rubric.claims, stated, judged.measurements)
    return Assessment(
        runs=tuple(recording.runs),
        checks=judged.checks,
        criteria=tuple(add_up(one, judged.checks) for one in request.task.rubric.criteria),
        measurements=judged.measurements,
        claims=claims,
        writeup=answered,
        notes=(*(notebook.dropped if notebook else ()), *_notes(recorder, recording)),
        flags=(*_flags(recording, claims), *_hidden_text(parsed)),
        nonce=outcome.nonce,
        phases_s=clock.seconds,
        kept=kept,
        why_executed=why,
        asked_live=recording.asked_live,
    )


def _obtain_runs(
    request: AssessRequest, recorder: Recorder
) -> tuple[Recording, KeptRuns | None, str]:
    """Return the runs, the same to be kept, and why they were executed if they were."""
    if request.circumstances is None:
        return record_runs(recorder), None, NOT_KEPT
    grounds = grounds_of(recorder, request.circumstances)
    why = why_executed(request.task, request.kept, grounds)
    if request.kept is not None and not why:
        return request.kept.recording(), request.kept, ""
    recording = record_runs(recorder)
    return recording, keep(recording, grounds) if can_be_kept(request.task) else None, why


def add_up(criterion: Criterion, checks: tuple[CheckResult, ...]) -> CriterionResult:
    """Add the checks of one criterion. A broken check counts neither for nor against."""
    mine = [check for check in checks if check.criterion == criterion.id]
    judged = [check for check in mine if check.outcome is not Outcome.ERROR]
    points = sum(check.points for check in judged)
    max_points = sum(check.max_points for check in judged)
    return CriterionResult(
        id=criterion.id,
        title=criterion.title,
        definition=criterion.definition,
        weight=criterion.weight,
        non_negotiable=criterion.non_negotiable,
        anchors={str(level): text for level, text in sorted(criterion.anchors.items())},
        points=points,
        max_points=max_points,
        machine_state=_machine_state(mine, judged, points, max_points),
    )


def _machine_state(
    mine: list[CheckResult], judged: list[CheckResult], points: float, max_points: float
) -> MachineState:
    if not mine:
        return MachineState.NO_CHECKS
    if len(judged) < len(mine):
        return MachineState.UNKNOWN
    if points == max_points:
        return MachineState.MET
    return MachineState.PARTLY if points else MachineState.NOT_MET


def _notes(recorder: Recorder, recording: Recording) -> Iterator[str]:
    kept = {item.path for item in recorder.submitted_files()}
    for item in recorder.files:
        if item.path not in kept:
            yield f"{item.path} was handed in, but the run has to make it; the copy was left out."
    for name, reason in recording.not_started.items():
        yield f"The run `{name}` was not started: {reason}."


def _flags(recording: Recording, claims: tuple[ClaimResult, ...]) -> Iterator[Flag]:
    if recording.live is not None and recording.live.out_of_memory:
        yield Flag(
            id="service_out_of_memory",
            text="The service's container ran out of memory under test. Ask what it keeps.",
        )
    for claim in claims:
        if claim.verdict is ClaimVerdict.CONTRADICTED:
            yield Flag(
                id="claim_contradicted",
                text=f"The write-up says {claim.id} = {claim.claimed:g}, measured was "
                f"{claim.measured:g} {claim.unit}. Ask how the number came about.",
            )
    for run in recording.runs:
        if run.leftover_processes:
            yield Flag(
                id="processes_left",
                text=f"The run `{run.name}` ended with {run.leftover_processes} process(es) still "
                "running; they were stopped before anything was collected.",
            )
    yield from recording.ledger.flags()


def _hidden_text(parsed: writeups.ParsedWriteup | None) -> Iterator[Flag]:
    """Yield the question that hidden characters open; pasting from a web page may be the answer."""
    if parsed is None or not parsed.hidden:
        return
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(parsed.hidden.items()))
    yield Flag(
        id="hidden_text",
        text=f"The write-up holds characters that stay unseen where it is read ({kinds}). "
        "The report spells them out. Ask how they came in.",
    )


class _Clock:
    """Seconds per phase, on the host's monotonic clock."""

    def __init__(self, on_phase: Callable[[str], None]) -> None:
        self.seconds: dict[str, float] = {}
        self._on_phase = on_phase

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        self._on_phase(name)
        started = time.monotonic()
        yield
        self.seconds[name] = round(time.monotonic() - started, 3)
