"""Gradescope: a folder with ``results.json`` for each graded submission.

It is the one export that candidates may get to see. By default they see nothing of it; and what
checks found on hidden runs is in it only if the assessor asks for that.

Source: https://gradescope-autograders.readthedocs.io/en/latest/specs/
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from graders.evidence import Finite, Outcome, Part, State
from runner.export.facts import (
    Origin,
    file_stem,
    json_bytes,
    origin_of,
    points_of,
    say_points_of,
    say_why_not,
    seconds_of,
    show_text,
)
from runner.export.wish import Visibility
from runner.report.words import OUTCOMES, say_count, say_open_points
from runner.text import clean_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from graders.evidence import CheckResult, Evidence
    from runner.export.wish import Wish

Status = Literal["passed", "failed"]
_STATUSES: Final[Mapping[Outcome, Status]] = {Outcome.PASSED: "passed", Outcome.FAILED: "failed"}
_PREFACE: Final = (
    "Hidden tests judged this work, and this is what they found. "
    "People read it, too, and people decide."
)
_NO_FAULT: Final = (
    "This work could not be graded, through no fault of its author. It will be graded again."
)
_TO_FIX: Final = "This work could not be accepted as it was handed in. Nothing of it was run."


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a candidate may see of a check: there is no field for what was found."""

    name: str
    criterion: str
    outcome: Outcome
    points: float | None
    max_points: float
    gained: str
    """The points in words."""
    proves: str

    @property
    def is_judged(self) -> bool:
        """Whether points were gained or not; otherwise none are claimed either way."""
        return self.outcome in _STATUSES


class CheckData(Part):
    """Our own words for what Gradescope has none for."""

    check: str
    criterion: str
    outcome: Outcome
    points: Finite | None
    max_points: Finite


class Entry(Part):
    """One check. Without a score it is information only."""

    score: Finite | None
    max_score: Finite | None
    status: Status | None
    name: str
    name_format: Literal["text"] = "text"
    number: str
    output: str
    output_format: Literal["text"] = "text"
    tags: tuple[str, ...]
    visibility: Visibility
    extra_data: CheckData


class Result(Part):
    """``results.json``; seconds."""

    score: Finite
    execution_time: Finite | None
    output: str
    output_format: Literal["text"] = "text"
    test_output_format: Literal["text"] = "text"
    test_name_format: Literal["text"] = "text"
    visibility: Visibility
    stdout_visibility: Literal["hidden"] = "hidden"
    extra_data: dict[str, Origin]
    tests: tuple[Entry, ...]


class NotGraded(Part):
    """``not_graded.json``: there is no result that Gradescope could take for a score."""

    state: State
    words: str
    to_fix: tuple[str, ...]
    reason: str | None
    """Only if the assessor asked for details: it may quote the hidden tests."""
    origin: Origin


def render(found: Sequence[Evidence], wish: Wish) -> dict[str, bytes]:
    """Return a folder's content: one folder for each submission."""
    files: dict[str, bytes] = {}
    for one in found:
        if one.state is State.GRADED:
            content = json_bytes(result(one, wish), has_nulls=False)
            files[f"{file_stem(one)}/results.json"] = content
        else:
            content = json_bytes(_not_graded(one, wish), has_nulls=False)
            files[f"{file_stem(one)}/not_graded.json"] = content
    return files


def result(one: Evidence, wish: Wish) -> Result:
    """Return ``results.json`` of a graded submission."""
    return Result(
        score=one.points,
        execution_time=seconds_of(one),
        output=" ".join(_preface(one)),
        visibility=wish.visibility,
        extra_data={"worksample": origin_of(one)},
        tests=tuple(
            _entry(_shown(check), number, wish, found=check.detail if wish.show_details else "")
            for number, check in enumerate(one.checks, 1)
        ),
    )


def _preface(one: Evidence) -> Iterator[str]:
    """Yield what stands above the checks, where candidates read it whatever the visibility."""
    yield _PREFACE
    broken = [check.max_points for check in one.checks if check.outcome is Outcome.ERROR]
    if broken:
        yield (
            f"{say_count(len(broken), 'check')} could not be judged, through no fault of the "
            f"work: {say_open_points(sum(broken))}, so that the total is not final."
        )


def _shown(check: CheckResult) -> Shown:
    return Shown(
        name=clean_line(check.id),
        criterion=clean_line(check.criterion),
        outcome=check.outcome,
        points=points_of(check),
        max_points=check.max_points,
        gained=say_points_of(check),
        proves=show_text(check.proves),
    )


def _entry(shown: Shown, number: int, wish: Wish, *, found: str) -> Entry:
    words = f"{OUTCOMES[shown.outcome]}, {shown.gained}"
    parts = (words, f"What it proves: {shown.proves}", show_text(found))
    return Entry(
        score=shown.points if shown.is_judged else None,
        max_score=shown.max_points if shown.is_judged else None,
        status=_STATUSES.get(shown.outcome),
        name=shown.name,
        number=str(number),
        output="\n".join(part for part in parts if part),
        tags=(shown.criterion,),
        visibility=wish.visibility,
        extra_data=CheckData(
            check=shown.name,
            criterion=shown.criterion,
            outcome=shown.outcome,
            points=shown.points,
            max_points=shown.max_points,
        ),
    )


def _not_graded(one: Evidence, wish: Wish) -> NotGraded:
    is_invalid = one.state is State.INVALID_SUBMISSION
    return NotGraded(
        state=one.state,
        words=_TO_FIX if is_invalid else _NO_FAULT,
        to_fix=tuple(map(show_text, one.problems)) if is_invalid else (),
        reason=say_why_not(one) if wish.show_details else None,
        origin=origin_of(one),
    )
