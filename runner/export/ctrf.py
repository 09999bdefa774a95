"""CTRF, the Common Test Report Format: a report for each submission, for a report is of one run.

Source: https://ctrf.io and the specification in https://github.com/ctrf-io/ctrf, version 0.0.0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from graders.evidence import CheckResult, Finite, Outcome, Part, State
from runner.export.facts import (
    Origin,
    as_milliseconds,
    checks_of,
    file_stem,
    graded_at,
    json_bytes,
    origin_of,
    points_of,
    say_why_not,
    seconds_of,
    show_text,
)
from runner.text import clean_line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from graders.evidence import Evidence
    from runner.export.wish import Wish

Status = Literal["passed", "failed", "skipped", "other"]
WHOLE: Final = "submission"
"""Name of the entry that stands for a submission as a whole."""
_STATUSES: Final[Mapping[Outcome, Status]] = {
    Outcome.PASSED: "passed",
    Outcome.FAILED: "failed",
    Outcome.NOT_RUN: "skipped",
    Outcome.ERROR: "other",
}
_EXTRA: Final = "worksample.grading"
"""Key of what CTRF has no place for; keys name their owner, by section 4.6.1."""


class Measured(Part):
    """A number that the check recorded."""

    name: str
    value: Finite
    unit: str
    reference: Finite | None


class CheckExtra(Part):
    """What CTRF has no place for, of a check."""

    criterion: str
    points: Finite | None
    """None for a broken check, which counts neither for nor against."""
    max_points: Finite
    proves: str
    measurements: tuple[Measured, ...]


class Entry(Part):
    """One check, or the submission as a whole. Times are milliseconds."""

    testId: str
    name: str
    status: Status
    duration: int
    suite: tuple[str, ...]
    message: str | None
    rawStatus: str
    extra: dict[str, CheckExtra] | None


class Summary(Part):
    """Counts, and when it was; milliseconds since 1970."""

    tests: int
    passed: int
    failed: int
    skipped: int
    pending: Literal[0] = 0
    other: int
    start: int
    stop: int


class Tool(Part):
    """What produced the results."""

    name: Literal["worksample"] = "worksample"
    version: str | None


class Environment(Part):
    """What was tested, and whether the machine did its part."""

    reportName: str
    appName: str
    appVersion: str
    healthy: bool


class Results(Part):
    """The results of one grading."""

    tool: Tool
    summary: Summary
    tests: tuple[Entry, ...]
    environment: Environment


class Report(Part):
    """One document."""

    reportFormat: Literal["CTRF"] = "CTRF"
    specVersion: Literal["0.0.0"] = "0.0.0"
    generatedBy: Literal["worksample"] = "worksample"
    results: Results
    extra: dict[str, Origin]


def render(found: Sequence[Evidence], _wish: Wish) -> dict[str, bytes]:
    """Return a document for each submission, by file name."""
    return {f"{file_stem(one)}.json": json_bytes(report(one), has_nulls=False) for one in found}


def report(one: Evidence) -> Report:
    """Return the document of one submission."""
    tests = tuple(_test(one, check) for check in checks_of(one))
    if one.state is not State.GRADED:
        tests = (_whole(one),)
    origin = origin_of(one)
    return Report(
        results=Results(
            tool=Tool(version=origin.runner_version),
            summary=_summary(one, [test.status for test in tests]),
            tests=tests,
            environment=Environment(
                reportName=f"{origin.task}/{origin.candidate}",
                appName=origin.task,
                appVersion=origin.task_version,
                healthy=one.state is not State.NOT_GRADABLE,
            ),
        ),
        extra={_EXTRA: origin},
    )


def _summary(one: Evidence, statuses: list[Status]) -> Summary:
    stop = as_milliseconds(graded_at(one))
    return Summary(
        tests=len(statuses),
        passed=statuses.count("passed"),
        failed=statuses.count("failed"),
        skipped=statuses.count("skipped"),
        other=statuses.count("other"),
        start=max(stop - _milliseconds(seconds_of(one) or 0.0), 0),
        stop=stop,
    )


def _test(one: Evidence, check: CheckResult) -> Entry:
    name, criterion = clean_line(check.id), clean_line(check.criterion)
    return Entry(
        testId=f"{clean_line(one.task.id)}/{name}",
        name=name,
        status=_STATUSES[check.outcome],
        duration=_milliseconds(check.duration_s),
        suite=(clean_line(one.task.id), criterion),
        message=show_text(check.detail) if check.detail else None,
        rawStatus=check.outcome.value,
        extra={
            "worksample.check": CheckExtra(
                criterion=criterion,
                points=points_of(check),
                max_points=check.max_points,
                proves=show_text(check.proves),
                measurements=_measured(one, check),
            )
        },
    )


def _measured(one: Evidence, check: CheckResult) -> tuple[Measured, ...]:
    return tuple(
        Measured(
            name=clean_line(found.name),
            value=found.value,
            unit=clean_line(found.unit),
            reference=found.reference,
        )
        for found in one.measurements
        if found.check == check.id
    )


def _whole(one: Evidence) -> Entry:
    """Return the entry of a submission without a grade: neither passed nor failed."""
    task = clean_line(one.task.id)
    return Entry(
        testId=f"{task}/{WHOLE}",
        name=WHOLE,
        status="other",
        duration=0,
        suite=(task,),
        message=say_why_not(one),
        rawStatus=one.state.value,
        extra=None,
    )


def _milliseconds(seconds: float) -> int:
    return max(round(seconds * 1000), 0)
