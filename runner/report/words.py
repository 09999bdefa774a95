"""The words of the reports: enums as sentences, numbers as people write them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, assert_never

from graders.evidence import ClaimVerdict, ExitKind, MachineState, Outcome, State

if TYPE_CHECKING:
    from collections.abc import Mapping

    from graders.evidence import RunFacts

STATES: Final[Mapping[State, str]] = {
    State.GRADED: "Graded",
    State.INVALID_SUBMISSION: "Could not be accepted",
    State.NOT_GRADABLE: "Could not be graded",
}
OUTCOMES: Final[Mapping[Outcome, str]] = {
    Outcome.PASSED: "passed",
    Outcome.FAILED: "failed",
    Outcome.ERROR: "check is broken",
    Outcome.NOT_RUN: "not run",
}
MACHINE_STATES: Final[Mapping[MachineState, str]] = {
    MachineState.MET: "met",
    MachineState.PARTLY: "partly met",
    MachineState.NOT_MET: "not met",
    MachineState.UNKNOWN: "unknown",
    MachineState.NO_CHECKS: "for people to rate",
}
CLAIM_VERDICTS: Final[Mapping[ClaimVerdict, str]] = {
    ClaimVerdict.CONFIRMED: "confirmed",
    ClaimVerdict.CONTRADICTED: "contradicted",
    ClaimVerdict.UNVERIFIABLE: "unverifiable",
}
FLAGS: Final[Mapping[str, str]] = {
    "tamper_suspected": "Did something try to reach the grading?",
    "claim_contradicted": "Why does a claim differ from what was measured?",
    "hidden_text": "What do the unseen characters in the write-up do?",
    "processes_left": "What was still running after the run had ended?",
    "service_out_of_memory": "Why did the service run out of memory?",
    "flaky": "Why do repeated runs differ?",
}
DELIVERABLE_STATES: Final[Mapping[str, str]] = {
    "ok": "there",
    "missing": "missing",
    "too_large": "too large",
    "not_regular": "not a regular file",
    "unreadable": "could not be read",
}
KINDS: Final[Mapping[str, str]] = {
    "repo": "a repository",
    "notebook": "a notebook",
    "service": "a service",
}
SOURCES: Final[Mapping[str, str]] = {
    "folder": "a folder",
    "zip": "a zip archive",
    "tar": "a tar archive",
    "notebook": "a notebook file",
    "git": "a git repository",
}
AI_POLICIES: Final[Mapping[str, str]] = {
    "required": "use is required",
    "allowed_disclose": "allowed, to be disclosed",
    "forbidden": "not allowed",
}


def say_flag(flag_id: str) -> str:
    """Return a flag's id as the question that it opens."""
    return FLAGS.get(flag_id) or flag_id.replace("_", " ").strip().capitalize()


def say_ending(run: RunFacts, limits: Mapping[str, float]) -> str:
    """Return how a run ended, and by which limit it was cut off."""
    match run.exit_kind:
        case ExitKind.EXITED:
            return _say_exit(run.exit_code)
        case ExitKind.SIGNALED:
            return "was ended by a signal"
        case ExitKind.TIMED_OUT:
            words, limit = "cut off at the time limit", "wall_time_s"
        case ExitKind.OUT_OF_MEMORY:
            words, limit = "cut off at the memory limit", "memory_bytes"
        case ExitKind.OUTPUT_LIMIT:
            words, limit = "cut off at the limit of printed output", "output_bytes"
        case ExitKind.DISK_FULL:
            words, limit = "ran out of disk space", "disk_bytes"
        case _:
            assert_never(run.exit_kind)
    return f"{words} of {say_quantity(limit, limits[limit])}" if limit in limits else words


def _say_exit(code: int | None) -> str:
    match code:
        case None:
            return "ended, exit code unknown"
        case 0:
            return "finished by itself"
        case _:
            return f"stopped with an error (exit code {code})"


def say_quantity(name: str, value: float) -> str:
    """Return a number in the unit that the end of its name tells."""
    if name.endswith("_bytes"):
        return say_bytes(value)
    if name.endswith("_s"):
        return say_seconds(value)
    return say_number(value)


def say_name(name: str) -> str:
    """Return a key as words: ``memory_bytes`` → ``memory``."""
    return re.sub(r"_(bytes|s)$", "", name).replace("_", " ")


def say_number(value: float) -> str:
    """Return at most four significant digits, thousands separated, a true minus sign."""
    size = abs(value)
    if size >= 1e15 or 0 < size < 1e-4:
        text = f"{value:.3e}"
    elif value == int(value):
        text = f"{value:,.0f}"
    elif size >= 1000:
        text = f"{value:,.1f}"
    else:
        text = f"{value:.4g}"
    return text.replace("-", "\N{MINUS SIGN}")


def say_value(value: float | None, unit: str) -> str:
    """Return a measured number with its unit; the unit ``1`` is no unit."""
    if value is None:
        return "not stated"
    return say_number(value) if unit in ("", "1") else f"{say_number(value)} {unit}"


def say_difference(value: float, reference: float) -> str:
    """Return how far a value is from its reference, absolute and in per cent."""
    difference = value - reference
    if difference == 0:
        return "equal"
    sign = "+" if difference > 0 else ""
    text = f"{sign}{say_number(difference)}"
    per_cent = 100 * difference / abs(reference) if reference else 0.0
    if not 0.05 <= abs(per_cent) < 10_000:
        return text
    return f"{text} ({sign}{say_number(round(per_cent, 1))} %)"


def say_points(points: float, max_points: float) -> str:
    """Return ``7 of 9 points``."""
    return f"{say_number(points)} of {say_number(max_points)} {_noun(max_points)}"


def say_open_points(max_points: float) -> str:
    """Return that points are neither gained nor lost."""
    return f"{say_number(max_points)} {_noun(max_points)} open"


def _noun(count: float) -> str:
    return "point" if count == 1 else "points"


def say_count(count: int, noun: str) -> str:
    """Return ``1 word`` or ``2 words``."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def say_bytes(count: float) -> str:
    """Return bytes in binary units."""
    value = float(count)
    for unit in ("bytes", "KiB", "MiB"):
        if abs(value) < 1024:
            return f"{say_number(round(value, 1))} {unit}"
        value /= 1024
    return f"{say_number(round(value, 2))} GiB"


def say_seconds(seconds: float) -> str:
    """Return seconds, from ten minutes on with minutes beside them."""
    text = f"{say_number(round(seconds, 2))} s"
    return f"{text} ({say_number(round(seconds / 60, 1))} min)" if seconds >= 600 else text


def say_time(text: str) -> str:
    """Return an ISO 8601 time as ``2026-03-02 14:05 UTC``; anything else as it stands."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    if moment.tzinfo is None:
        return text
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
