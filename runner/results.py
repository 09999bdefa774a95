"""The row of one grading in tables and lists: plain facts, kept beside the evidence."""

from __future__ import annotations

from typing import Any, Final

from graders.evidence import Evidence, ExitKind, Outcome, RunFacts, State


def result_of(one: Evidence) -> dict[str, Any]:
    """Return the plain facts of one grading."""
    graded = one.state is State.GRADED
    return {
        "candidate": one.submission.candidate,
        "task": one.task.id,
        "task_version": one.task.version,
        "submission": one.submission.id,
        "state": one.state.value,
        "points": one.points if graded else None,
        "max_points": one.max_points if graded else None,
        "reason": one.reason,
        "problems": "; ".join(one.problems),
        "not_passed": " ".join(
            check.id for check in one.checks if check.outcome is not Outcome.PASSED
        ),
        "criteria": {
            criterion.id: {
                "points": criterion.points,
                "max_points": criterion.max_points,
                "machine_state": criterion.machine_state.value,
            }
            for criterion in one.criteria
        },
        "flags": [flag.id for flag in one.flags],
        "remark": _remark(one),
    }


def _remark(one: Evidence) -> str:
    """Say what was not passed, or why there is nothing to pass."""
    if one.state is State.INVALID_SUBMISSION:
        return "; ".join(one.problems) or one.reason
    if one.state is State.NOT_GRADABLE:
        return one.reason
    words = [f"run {run.name}: {_how(run)}" for run in one.runs if not run.finished]
    for outcome, what in _WORDS.items():
        missed = [check.id for check in one.checks if check.outcome is outcome]
        if missed:
            words.append(f"{what}: {', '.join(missed)}" if len(missed) < 6 else
                         f"{what}: {len(missed)} checks")  # fmt: skip
    return "; ".join(words)


def _how(run: RunFacts) -> str:
    return f"exit code {run.exit_code}" if run.exit_kind is ExitKind.EXITED else run.exit_kind.value


_WORDS: Final = {
    Outcome.FAILED: "failed",
    Outcome.NOT_RUN: "not run",
    Outcome.ERROR: "check broken",
}
