"""Ashby: an update of an assessment for each submission, and a feedback form that people fill.

Source: https://developers.ashbyhq.com/docs/assessmentupdate and
https://developers.ashbyhq.com/reference/applicationfeedbacksubmit
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Final, Literal

from graders.evidence import Part, State
from runner.export.facts import (
    as_milliseconds,
    file_stem,
    graded_at,
    json_bytes,
    origin_of,
    say_why_not,
    show_text,
)
from runner.export.prose import criterion_text
from runner.report.words import STATES
from runner.text import clean_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from graders.evidence import Evidence
    from runner.export.wish import Wish

_ASSESSMENTS: Final = uuid.UUID("5b0f2a52-4a0b-4f1e-9a53-6f1d8f2c7e10")
"""Namespace of assessments' ids; it must never change."""


class Datum(Part):
    """One thing to show. The types of scores and of success are left out: people judge."""

    identifier: str
    label: str
    description: str
    type: Literal["string"] = "string"
    value: str


class Update(Part):
    """The body of ``assessment.update``; it has no field for a result, which would close it."""

    assessment_id: str
    """A UUID made from the submission's id; the partner names assessments, Ashby repeats it."""
    timestamp: int
    """Milliseconds since 1970."""
    assessment_status: Datum
    metadata: tuple[Datum, ...]


class EmptyScore(Part):
    """A score from 1 to 4 that nobody has given."""

    score: None = None


class Field(Part):
    """A field of the form, one for each criterion."""

    path: str
    value: EmptyScore = EmptyScore()


class Form(Part):
    """``feedbackForm`` of ``applicationFeedback.submit``, to be filled by a person."""

    fieldSubmissions: tuple[Field, ...]


class File(Part):
    """What is written for one submission."""

    assessment_update: Update
    feedback_form: Form


def render(found: Sequence[Evidence], _wish: Wish) -> dict[str, bytes]:
    """Return a file for each submission, by name."""
    return {f"{file_stem(one)}.json": json_bytes(file_of(one)) for one in found}


def file_of(one: Evidence) -> File:
    """Return the update and the empty form of one submission."""
    criteria = one.criteria if one.state is State.GRADED else ()
    return File(
        assessment_update=Update(
            assessment_id=str(uuid.uuid5(_ASSESSMENTS, one.submission.id)),
            timestamp=as_milliseconds(graded_at(one)),
            assessment_status=Datum(
                identifier="status",
                label="Status",
                description="Whether the checks ran. People judge the work.",
                value=STATES[one.state],
            ),
            metadata=tuple(_metadata(one)),
        ),
        feedback_form=Form(
            fieldSubmissions=tuple(Field(path=clean_line(criterion.id)) for criterion in criteria)
        ),
    )


def _metadata(one: Evidence) -> Iterator[Datum]:
    """Yield everything to show, each with an identifier of its own."""
    if one.state is State.GRADED:
        for criterion in one.criteria:
            yield Datum(
                identifier=f"criterion.{clean_line(criterion.id)}",
                label=clean_line(criterion.title),
                description=show_text(criterion.definition),
                value=criterion_text(one, criterion),
            )
    else:
        yield _fact("reason", "Why there is no grade", say_why_not(one))
    for number, flag in enumerate(one.flags, 1):
        yield _fact(f"question.{number}", "Question to ask", show_text(flag.text))
    for key, value in origin_of(one).model_dump(mode="json", exclude_none=True).items():
        yield _fact(f"worksample.{key}", key.replace("_", " ").capitalize(), value)


def _fact(identifier: str, label: str, value: str) -> Datum:
    return Datum(identifier=identifier, label=label, description="", value=value)
