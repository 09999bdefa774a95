"""Greenhouse: a scorecard for each submission, with evidence in it and nobody's judgement.

Source: the scorecard object of the Harvest API, https://developers.greenhouse.io/harvest.html
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Literal

from graders.evidence import Part, State
from runner.export.facts import (
    Origin,
    as_time,
    file_stem,
    graded_at,
    json_bytes,
    origin_of,
    say_why_not,
    show_text,
)
from runner.export.prose import criterion_text
from runner.text import clean_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from graders.evidence import Evidence
    from runner.export.wish import Wish

Undecided = Literal["no_decision"]
"""Greenhouse's word where nobody rated. The type has no other: people rate."""


class Attribute(Part):
    """One criterion."""

    name: str
    type: Literal["Skills"] = "Skills"
    note: str
    rating: Undecided = "no_decision"


class Ratings(Part):
    """Names of attributes by rating: none is rated."""

    definitely_not: tuple[()] = ()
    no: tuple[()] = ()
    mixed: tuple[()] = ()
    yes: tuple[()] = ()
    strong_yes: tuple[()] = ()


class Question(Part):
    """A question for a person, who answers it."""

    id: None = None
    question: str
    answer: None = None


class Scorecard(Part):
    """The scorecard; ids and people of Greenhouse's are none, for nothing here knows them."""

    id: None = None
    updated_at: str | None
    created_at: str | None
    interview: str
    interview_step: None = None
    candidate_id: None = None
    application_id: None = None
    interviewed_at: str | None
    submitted_by: None = None
    interviewer: None = None
    submitted_at: None = None
    overall_recommendation: Undecided = "no_decision"
    attributes: tuple[Attribute, ...]
    ratings: Ratings = Ratings()
    questions: tuple[Question, ...]
    worksample: Origin
    """Not Greenhouse's: whose scorecard it is, by code, and of which grading."""


def render(found: Sequence[Evidence], _wish: Wish) -> dict[str, bytes]:
    """Return a file for each submission, by name."""
    return {f"{file_stem(one)}.json": json_bytes(scorecard(one)) for one in found}


def scorecard(one: Evidence) -> Scorecard:
    """Return the scorecard of one submission."""
    ended = _say_time(graded_at(one))
    criteria = one.criteria if one.state is State.GRADED else ()
    return Scorecard(
        updated_at=ended,
        created_at=ended,
        interview=f"Work sample: {_safe(clean_line(one.task.title))}",
        interviewed_at=_say_time(as_time(one.submission.received_at)),
        attributes=tuple(
            Attribute(
                name=_safe(clean_line(criterion.title)), note=_safe(criterion_text(one, criterion))
            )
            for criterion in criteria
        ),
        questions=tuple(Question(question=_safe(text)) for text in _questions(one)),
        worksample=origin_of(one),
    )


def _questions(one: Evidence) -> Iterator[str]:
    """Yield what people answer: Greenhouse's own two, why there is no grade, and the flags."""
    yield "Key Take-Aways"
    yield "Private Notes"
    why = say_why_not(one)
    if why:
        yield why
    for flag in one.flags:
        yield f"{clean_line(flag.id)}: {show_text(flag.text)}"


def _safe(text: str) -> str:
    """Return ``text`` as it stands where HTML is rendered, which Greenhouse does with answers."""
    return escape(text, quote=False)


def _say_time(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z") if moment else None
