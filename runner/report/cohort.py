"""Submissions side by side: what differs, check by check, without an order of merit."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from graders.evidence import State
from runner.report import plots
from runner.report.view import MeasurementView, view_measurement
from runner.report.words import say_ending

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from markupsafe import Markup

    from graders.evidence import CheckResult, CriterionResult, Evidence, RunFacts

_FILE_NAME: Final = re.compile(r"([a-z0-9][a-z0-9-]{0,80}/){0,4}[a-z0-9][a-z0-9-]{0,120}\.html")
MAX_LABEL_CHARS: Final = 40

Key = TypeVar("Key")
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One submission of the cohort."""

    label: str
    link: str | None
    evidence: Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRow:
    """One check over all columns; None where the grading does not have it."""

    id: str
    cells: tuple[CheckResult | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CriterionGroup:
    """One criterion over all columns, with its checks."""

    title: str
    non_negotiable: bool
    cells: tuple[CriterionResult | None, ...]
    rows: tuple[CheckRow, ...]


class Dot(NamedTuple):
    """One candidate's value of a measurement."""

    column: Column
    view: MeasurementView


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """One measurement over all columns, on one scale."""

    name: str
    ends: Markup
    dots: tuple[Dot, ...]
    without: tuple[Column, ...]
    """For whom there is no such number."""


class RunCell(NamedTuple):
    """How one run ended for one candidate."""

    run: RunFacts
    ending: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRow:
    """One run over all columns."""

    name: str
    scenario: str
    cells: tuple[RunCell | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskSection:
    """Everything on one version of one task."""

    anchor: str
    title: str
    id: str
    version: str
    constraint: str
    differs: bool
    """The same version was graded with different files."""
    columns: tuple[Column, ...]
    groups: tuple[CriterionGroup, ...]
    strips: tuple[Strip, ...]
    runs: tuple[RunRow, ...]
    others: tuple[Column, ...]
    """Submissions that were not graded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortView:
    """The page of a cohort."""

    sections: tuple[TaskSection, ...]


def view_cohort(evidences: Sequence[Evidence], *, links: Mapping[str, str]) -> CohortView:
    """Return one section per task and version, candidates in the order of their codes."""
    tasks: dict[tuple[str, str], list[Evidence]] = {}
    for evidence in sorted(evidences, key=_order):
        tasks.setdefault((evidence.task.id, evidence.task.version), []).append(evidence)
    return CohortView(
        sections=tuple(
            _view_task(tasks[key], links, number) for number, key in enumerate(sorted(tasks), 1)
        )
    )


def _order(evidence: Evidence) -> tuple[str, str, str]:
    submission = evidence.submission
    return submission.candidate, submission.received_at, submission.id


def _view_task(evidences: list[Evidence], links: Mapping[str, str], number: int) -> TaskSection:
    codes = [evidence.submission.candidate for evidence in evidences]
    columns = [_column(evidence, links, codes) for evidence in evidences]
    graded = tuple(column for column in columns if column.evidence.state is State.GRADED)
    task = evidences[0].task
    return TaskSection(
        anchor=f"task-{number}",
        title=task.title,
        id=task.id,
        version=task.version,
        constraint=task.constraint,
        differs=len({evidence.task.digest for evidence in evidences}) > 1,
        columns=graded,
        groups=tuple(_groups(graded)),
        strips=tuple(_strips(graded)),
        runs=tuple(_run_rows(graded)),
        others=tuple(column for column in columns if column not in graded),
    )


def _column(evidence: Evidence, links: Mapping[str, str], codes: list[str]) -> Column:
    submission = evidence.submission
    link = links.get(submission.id, "")
    is_twice = codes.count(submission.candidate) > 1
    code = submission.candidate
    code = code if len(code) <= MAX_LABEL_CHARS else f"{code[:MAX_LABEL_CHARS]}…"
    return Column(
        label=f"{code} ({submission.id[:8]})" if is_twice else code,
        link=link if _FILE_NAME.fullmatch(link) else None,
        evidence=evidence,
    )


def _groups(columns: Sequence[Column]) -> Iterable[CriterionGroup]:
    by_column = [{check.id: check for check in column.evidence.checks} for column in columns]
    criteria = [{one.id: one for one in column.evidence.criteria} for column in columns]
    places = _first_seen(
        (check.id, check.criterion) for column in columns for check in column.evidence.checks
    )
    for criterion_id, first in _first_seen(
        (one.id, one) for column in columns for one in column.evidence.criteria
    ).items():
        yield CriterionGroup(
            title=first.title,
            non_negotiable=first.non_negotiable,
            cells=tuple(found.get(criterion_id) for found in criteria),
            rows=tuple(
                CheckRow(id=check, cells=tuple(found.get(check) for found in by_column))
                for check, of in places.items()
                if of == criterion_id
            ),
        )


def _strips(columns: Sequence[Column]) -> Iterable[Strip]:
    names = _first_seen(
        ((found.name, found.unit), None)
        for column in columns
        for found in column.evidence.measurements
    )
    for name, unit in names:
        found = [
            (column, measured)
            for column in columns
            for measured in column.evidence.measurements
            if (measured.name, measured.unit) == (name, unit)
        ]
        values = [measured.value for _, measured in found]
        values += [measured.reference for _, measured in found if measured.reference is not None]
        scale = plots.scale_for(values, unit=unit)
        have = {id(column) for column, _ in found}
        yield Strip(
            name=name,
            ends=plots.scale_line(scale),
            dots=tuple(Dot(column, view_measurement(one, scale)) for column, one in found),
            without=tuple(column for column in columns if id(column) not in have),
        )


def _run_rows(columns: Sequence[Column]) -> Iterable[RunRow]:
    by_column = [{run.name: run for run in column.evidence.runs} for column in columns]
    scenarios = _first_seen(
        (run.name, run.scenario) for column in columns for run in column.evidence.runs
    )
    for name, scenario in scenarios.items():
        cells = (
            _run_cell(column, runs.get(name))
            for column, runs in zip(columns, by_column, strict=True)
        )
        yield RunRow(name=name, scenario=scenario, cells=tuple(cells))


def _run_cell(column: Column, run: RunFacts | None) -> RunCell | None:
    if run is None:
        return None
    provenance = column.evidence.provenance
    return RunCell(run, say_ending(run, provenance.limits if provenance else {}))


def _first_seen(pairs: Iterable[tuple[Key, Value]]) -> dict[Key, Value]:
    found: dict[Key, Value] = {}
    for key, value in pairs:
        found.setdefault(key, value)
    return found
