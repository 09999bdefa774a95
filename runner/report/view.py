"""Evidence as a reader meets it: what belongs together, in the order of the page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from graders.evidence import MachineState, Outcome, State
from runner.report import plots
from runner.report.png import Picture, PictureError, read_png
from runner.report.words import say_difference, say_ending, say_value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from markupsafe import Markup

    from graders.evidence import (
        Answer,
        CellFacts,
        CheckResult,
        CriterionResult,
        DeliverableFacts,
        Evidence,
        Measurement,
        RunFacts,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasurementView:
    """A number beside its reference."""

    name: str
    check: str
    value: str
    reference: str | None
    difference: str | None
    plot: Markup
    ends: Markup


@dataclass(frozen=True, slots=True, kw_only=True)
class CriterionView:
    """Everything observed on one criterion."""

    anchor: str
    """Target of links within the page; never made of the evidence's own strings."""
    facts: CriterionResult
    bar: Markup
    checks: tuple[CheckResult, ...]
    measurements: tuple[MeasurementView, ...]
    answers: tuple[AnswerView, ...]

    @property
    def needs_confirmation(self) -> bool:
        """Whether a person must look before anything follows from it."""
        return self.facts.non_negotiable and self.facts.machine_state is not MachineState.MET

    @property
    def unjudged(self) -> int:
        """How many checks were broken or not run."""
        return sum(not is_known(check) for check in self.checks)

    @property
    def open_points(self) -> float:
        """Points of broken checks: neither gained nor lost."""
        broken = (check for check in self.checks if check.outcome is Outcome.ERROR)
        return sum(check.max_points for check in broken)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerView:
    """One answer of the write-up."""

    anchor: str
    facts: Answer
    is_missing: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CellView:
    """One code cell with the pictures that may be shown."""

    facts: CellFacts
    pictures: tuple[Picture, ...]
    left_out: tuple[str, ...]
    """Why a picture is not shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunView:
    """One run against its limits."""

    anchor: str
    facts: RunFacts
    ending: str
    memory_limit_bytes: float | None
    memory_bar: Markup | None
    deliverables: tuple[DeliverableFacts, ...]
    cells: tuple[CellView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmissionView:
    """The page of one submission."""

    evidence: Evidence
    is_graded: bool
    criteria: tuple[CriterionView, ...]
    loose_checks: tuple[CheckResult, ...]
    """Checks whose criterion is not listed: nothing observed is left out."""
    loose_measurements: tuple[MeasurementView, ...]
    answers: tuple[AnswerView, ...]
    runs: tuple[RunView, ...]

    @property
    def notebooks(self) -> tuple[RunView, ...]:
        """The runs that executed a notebook."""
        return tuple(run for run in self.runs if run.cells)


def is_known(check: CheckResult) -> bool:
    """Whether the check was judged at all."""
    return check.outcome in (Outcome.PASSED, Outcome.FAILED)


def view_submission(evidence: Evidence) -> SubmissionView:
    """Return the page of one submission; points only if it was graded."""
    is_graded = evidence.state is State.GRADED
    answers = tuple(
        AnswerView(
            anchor=f"answer-{number}",
            facts=answer,
            is_missing=answer.prompt in evidence.writeup.missing,
        )
        for number, answer in enumerate(evidence.writeup.answers, 1)
    )
    criteria = tuple(
        _view_criterion(evidence, criterion, number, answers)
        for number, criterion in enumerate(evidence.criteria, 1)
    )
    limits = evidence.provenance.limits if evidence.provenance else {}
    listed = {check.id for criterion in criteria for check in criterion.checks}
    return SubmissionView(
        evidence=evidence,
        is_graded=is_graded,
        criteria=criteria if is_graded else (),
        loose_checks=tuple(check for check in evidence.checks if check.id not in listed),
        loose_measurements=tuple(
            view_measurement(found) for found in evidence.measurements if found.check not in listed
        ),
        answers=answers,
        runs=tuple(_view_run(run, limits, n) for n, run in enumerate(evidence.runs, 1)),
    )


def _view_criterion(
    evidence: Evidence, criterion: CriterionResult, number: int, answers: tuple[AnswerView, ...]
) -> CriterionView:
    checks = tuple(check for check in evidence.checks if check.criterion == criterion.id)
    names = {check.id for check in checks}
    return CriterionView(
        anchor=f"criterion-{number}",
        facts=criterion,
        bar=plots.points_bar(
            [plots.Part(check.points, check.max_points, is_known(check)) for check in checks]
        ),
        checks=checks,
        measurements=tuple(
            view_measurement(found) for found in evidence.measurements if found.check in names
        ),
        answers=tuple(answer for answer in answers if answer.facts.criterion == criterion.id),
    )


def view_measurement(found: Measurement, scale: plots.Scale | None = None) -> MeasurementView:
    """Return a measurement with its plot, on a scale of its own if none is given."""
    reference = found.reference
    if scale is None:
        values = [found.value] if reference is None else [found.value, reference]
        scale = plots.scale_for(values, unit=found.unit)
    return MeasurementView(
        name=found.name,
        check=found.check,
        value=say_value(found.value, found.unit),
        reference=None if reference is None else say_value(reference, found.unit),
        difference=None if reference is None else say_difference(found.value, reference),
        plot=plots.dot_plot(found.value, reference, scale),
        ends=plots.scale_line(scale),
    )


def _view_run(run: RunFacts, limits: Mapping[str, float], number: int) -> RunView:
    limit = limits.get("memory_bytes")
    return RunView(
        anchor=f"run-{number}",
        facts=run,
        ending=say_ending(run, limits),
        memory_limit_bytes=limit,
        memory_bar=plots.share_bar(run.memory_peak_bytes, limit) if limit else None,
        deliverables=run.deliverables,
        cells=tuple(map(_view_cell, run.cells)),
    )


def _view_cell(cell: CellFacts) -> CellView:
    pictures: list[Picture] = []
    left_out: list[str] = []
    for text in cell.png:
        try:
            pictures.append(read_png(text))
        except PictureError as error:
            left_out.append(str(error))
    return CellView(facts=cell, pictures=tuple(pictures), left_out=tuple(left_out))
