"""What all formats take from a grading, made safe to show: origin, times, states in words."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, assert_never

from graders.evidence import Outcome, Part, State
from runner.records import to_json
from runner.report import report_name
from runner.report.words import say_open_points, say_points
from runner.text import clean_line, clean_text

if TYPE_CHECKING:
    from graders.evidence import CheckResult, Evidence

MAX_CHARS: Final = 5000
"""Of one text; a verdict's sentence has at most 4,000."""
_WAITING: Final = ("queue", "image")
"""Phases in which a submission waits for its turn and for images."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Origin(Part):
    """Which grading an export was made of: ids and digests, no names."""

    candidate: str
    submission: str
    submission_sha256: str
    task: str
    task_version: str
    task_digest: str
    variant: str | None
    state: State
    graded_at: str | None
    runner_version: str | None
    evidence_sha256: str
    """Of the very bytes of ``evidence.json``, as ``worksample report`` writes it."""


def show_text(text: str) -> str:
    """Return ``text`` with everything unseen spelled out; one longer than any check's is cut."""
    return clean_text(text, max_chars=MAX_CHARS)


def origin_of(one: Evidence) -> Origin:
    """Return which grading this is."""
    provenance = one.provenance
    return Origin(
        candidate=clean_line(one.submission.candidate),
        submission=clean_line(one.submission.id),
        submission_sha256=clean_line(one.submission.sha256),
        task=clean_line(one.task.id),
        task_version=clean_line(one.task.version),
        task_digest=clean_line(one.task.digest),
        variant=clean_line(one.variant.id) if one.variant else None,
        state=one.state,
        graded_at=clean_line(provenance.graded_at) if provenance else None,
        runner_version=clean_line(provenance.runner_version) if provenance else None,
        evidence_sha256=hashlib.sha256(to_json(one)).hexdigest(),
    )


def checks_of(one: Evidence) -> tuple[CheckResult, ...]:
    """Return the checks of a graded submission; of any other none counts for anything."""
    return one.checks if one.state is State.GRADED else ()


def points_of(check: CheckResult) -> float | None:
    """Return the points gained; none for a broken check, which counts neither for nor against."""
    return None if check.outcome is Outcome.ERROR else check.points


def say_points_of(check: CheckResult) -> str:
    """Return the points in words; those of a broken check are open."""
    if points_of(check) is None:
        return say_open_points(check.max_points)
    return say_points(check.points, check.max_points)


def say_why_not(one: Evidence) -> str:
    """Return in words why there is no grade; empty if there is one. For the assessor."""
    causes = "; ".join(show_text(text) for text in (*one.problems, one.reason) if text)
    match one.state:
        case State.GRADED:
            return ""
        case State.INVALID_SUBMISSION:
            words = "The submission could not be accepted; nothing of it was run"
        case State.NOT_GRADABLE:
            words = "It could not be graded, through no fault of the candidate"
        case _:
            assert_never(one.state)
    return f"{words}: {causes}" if causes else f"{words}."


def file_stem(one: Evidence) -> str:
    """Return a name for its files: lower-case letters, digits and hyphens; one each."""
    return report_name(one).removesuffix(".html")


def as_time(text: str | None) -> datetime | None:
    """Return an ISO 8601 time in UTC, or none if it is no such time."""
    try:
        moment = datetime.fromisoformat(text or "")
        return None if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def graded_at(one: Evidence) -> datetime | None:
    """Return when the grading ended; when it came in for what was never graded."""
    ended = as_time(one.provenance.graded_at) if one.provenance else None
    return ended or as_time(one.submission.received_at)


def seconds_of(one: Evidence) -> float | None:
    """Return how long a grading took, without what it waited for before it began."""
    if one.provenance is None:
        return None
    return sum(seconds for name, seconds in one.provenance.phases_s.items() if name not in _WAITING)


def as_milliseconds(moment: datetime | None) -> int:
    """Return milliseconds since 1970; 0 for an unknown time."""
    return 0 if moment is None else int((moment - _EPOCH).total_seconds() * 1000)


def json_bytes(part: Part, *, has_nulls: bool = True) -> bytes:
    """Return a file's content: strict JSON in ASCII, in the model's order."""
    content = part.model_dump(mode="json", exclude_none=not has_nulls)
    return json.dumps(content, indent=1, ensure_ascii=True, allow_nan=False).encode() + b"\n"
