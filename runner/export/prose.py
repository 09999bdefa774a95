"""The evidence on one criterion as a text, for places that have no more than a text field."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from graders.evidence import MachineState
from runner.export.facts import say_points_of, show_text
from runner.report.words import MACHINE_STATES, OUTCOMES, say_points, say_value
from runner.text import clean_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from graders.evidence import Answer, CheckResult, CriterionResult, Evidence, Measurement

_TO_CONFIRM: Final = (
    "Non-negotiable, and the checks do not show it as met: "
    "a person confirms or corrects this before anything follows from it."
)


def criterion_text(one: Evidence, criterion: CriterionResult) -> str:
    """Return what the checks say, check by check, and where the write-up speaks of it."""
    return "\n".join(_lines(one, criterion))


def _lines(one: Evidence, criterion: CriterionResult) -> Iterator[str]:
    checks = [check for check in one.checks if check.criterion == criterion.id]
    if checks:
        state = MACHINE_STATES[criterion.machine_state]
        yield f"Checks: {state}, {say_points(criterion.points, criterion.max_points)}."
    else:
        yield "No check feeds this criterion: it rests on what people read."
    if criterion.non_negotiable:
        is_met = criterion.machine_state is MachineState.MET
        yield "Non-negotiable." if is_met or not checks else _TO_CONFIRM
    for check in checks:
        yield _say_check(check)
        yield from (_say(found) for found in one.measurements if found.check == check.id)
    for answer in one.writeup.answers:
        if answer.criterion == criterion.id:
            yield _say_answer(answer, is_missing=answer.prompt in one.writeup.missing)


def _say_check(check: CheckResult) -> str:
    words = f"- {clean_line(check.id)}: {OUTCOMES[check.outcome]}, {say_points_of(check)}."
    found = f"Found: {show_text(check.detail)}" if check.detail else ""
    return " ".join(part for part in (words, show_text(check.proves), found) if part)


def _say(found: Measurement) -> str:
    unit = clean_line(found.unit)
    words = f"  measured {clean_line(found.name)}: {say_value(found.value, unit)}"
    if found.reference is None:
        return words
    return f"{words} (reference {say_value(found.reference, unit)})"


def _say_answer(answer: Answer, *, is_missing: bool) -> str:
    name = f"{clean_line(answer.prompt)}, {clean_line(answer.title)}"
    return f"- write-up {name}: {'no answer' if is_missing else f'{answer.words} words'}"
