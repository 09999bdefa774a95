"""Collect the reasoning: answers matched to prompts, words counted, claims read.

The write-up is text. Its front matter is read by the few lines below, not by a YAML reader: all it
may hold is ``claims:`` and numbers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from graders.evidence import Answer, ClaimResult, ClaimVerdict, Measurement, Writeup
from graders.hidden_text import count_hidden
from tasks.brief import AI_USE_HINTS, prompt_hint

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tasks.model import Claim, Prompt

MAX_BYTES: Final = 256 * 1024
_NUMBER: Final = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?")
_CLAIM: Final = re.compile(r"\s+([A-Za-z][A-Za-z0-9_]{0,63})\s*:\s*(.*)")
_HEADING: Final = re.compile(r"(#{1,6})\s(.*)")
_FENCE: Final = re.compile(r"\s{0,3}(```|~~~)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A heading and the text up to the next one; level 0 is what stands before any heading."""

    level: int
    heading: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedWriteup:
    """A write-up as text, cut into sections."""

    sections: tuple[Section, ...] = ()
    claims: Mapping[str, float] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    hidden: Mapping[str, int] = field(default_factory=dict)
    """How many characters of which kind no reader would see."""


def parse(text: str) -> ParsedWriteup:
    """Cut ``text`` into front matter and sections by its Markdown headings."""
    text = text.replace("\r\n", "\n").removeprefix("\ufeff")
    problems: list[str] = []
    if len(text) > MAX_BYTES:
        problems.append(
            f"The write-up is longer than {MAX_BYTES} characters; the rest is not read."
        )
        text = text[:MAX_BYTES]
    front, body = _split_front_matter(text)
    claims = _claims(front, problems)
    return ParsedWriteup(
        sections=_sections(body),
        claims=claims,
        problems=tuple(problems),
        hidden=count_hidden(text),
    )


def from_cells(cells: Sequence[str]) -> str:
    """Join Markdown cells to one write-up; front matter may open any of them.

    A cell may also begin with a line of its own, ``---``: only what makes claims is front matter.
    """
    cells = [cell.replace("\r\n", "\n") for cell in cells]
    for position, cell in enumerate(cells):
        front, body = _split_front_matter(cell.lstrip())
        if any(line.strip() == "claims:" for line in front):
            rest = [*cells[:position], *cells[position + 1 :]]
            return "\n".join(["---", *front, "---", body, "", "\n\n".join(rest)])
    return "\n\n".join(cells)


def match(parsed: ParsedWriteup | None, prompts: Sequence[Prompt], *, source: str) -> Writeup:
    """Return the answers in the prompts' order, and which are missing."""
    if parsed is None:
        missing = tuple(prompt.id for prompt in prompts)
        empty = tuple(_answer(prompt, "") for prompt in prompts)
        return Writeup(found=False, answers=empty, missing=missing)
    hints = {prompt_hint(prompt) for prompt in prompts} | set(AI_USE_HINTS.values())
    answers = tuple(
        _answer(prompt, _own_words(_find(parsed, prompt.id), hints)) for prompt in prompts
    )
    return Writeup(
        found=True,
        source=source,
        answers=answers,
        missing=tuple(answer.prompt for answer in answers if not answer.words),
        ai_use=_own_words(_find(parsed, "AI use"), hints),
        problems=parsed.problems,
    )


def compare(
    claims: Sequence[Claim], stated: Mapping[str, float], measured: Sequence[Measurement]
) -> tuple[ClaimResult, ...]:
    """Hold each claim that the task asks for against what the checks measured."""
    values = {measurement.name: measurement.value for measurement in measured}
    return tuple(
        _compare_one(claim, stated.get(claim.id), values.get(claim.measurement)) for claim in claims
    )


def _compare_one(claim: Claim, claimed: float | None, measured: float | None) -> ClaimResult:
    verdict = ClaimVerdict.UNVERIFIABLE
    if claimed is not None and measured is not None:
        close = abs(claimed - measured) <= claim.tolerance + 1e-12 * abs(measured)
        verdict = ClaimVerdict.CONFIRMED if close else ClaimVerdict.CONTRADICTED
    return ClaimResult(
        id=claim.id,
        text=claim.text,
        unit=claim.unit,
        claimed=claimed,
        measured=measured,
        tolerance=claim.tolerance,
        verdict=verdict,
    )


def _answer(prompt: Prompt, text: str) -> Answer:
    words = len(text.split())
    return Answer(
        prompt=prompt.id,
        title=prompt.title,
        question=prompt.text,
        criterion=prompt.criterion,
        answer=text,
        words=words,
        max_words=prompt.max_words,
        within_limit=words <= prompt.max_words,
    )


def _find(parsed: ParsedWriteup, name: str) -> str:
    """Return the text below the heading that begins with ``name``, its subheadings included."""
    wanted = re.compile(rf"{re.escape(name)}(?![A-Za-z0-9])", re.IGNORECASE)
    texts: list[str] = []
    level = 0
    for section in parsed.sections:
        if wanted.match(section.heading):
            level = section.level
            texts.append(section.text)
        elif level and section.level > level:
            texts.append(f"**{section.heading}**\n\n{section.text}")
        else:
            level = 0
    return "\n\n".join(texts).strip()


def _own_words(text: str, hints: set[str]) -> str:
    """Drop what the template said: an untouched template is no answer."""
    return "\n".join(line for line in text.split("\n") if line.strip() not in hints).strip()


def _split_front_matter(text: str) -> tuple[list[str], str]:
    lines = text.split("\n")
    if lines[0].strip() != "---":
        return [], text
    for position in range(1, min(len(lines), 200)):
        if lines[position].strip() == "---":
            return lines[1:position], "\n".join(lines[position + 1 :])
    return [], text


def _claims(lines: Sequence[str], problems: list[str]) -> dict[str, float]:
    claims: dict[str, float] = {}
    inside = False
    for line in lines:
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if not line.startswith((" ", "\t")):
            inside = line.strip() == "claims:"
            continue
        if inside:
            _read_claim(line, claims, problems)
    return claims


def _read_claim(line: str, claims: dict[str, float], problems: list[str]) -> None:
    found = _CLAIM.fullmatch(line)
    if found is None:
        problems.append(f"The claim {line.strip()[:80]!r} is not of the form `name: number`.")
        return
    name, value = found.group(1), found.group(2).strip()
    if not value:
        return
    if not _NUMBER.fullmatch(value) or abs(float(value)) > 1e300:
        problems.append(f"The claim {name} is {value[:60]!r}, not a number.")
    elif name in claims:
        problems.append(f"The claim {name} is made twice; the first counts.")
    else:
        claims[name] = float(value)


def _bare(heading: str) -> str:
    """Take off the closing ``##`` that a heading may have."""
    return heading.strip().rstrip("#").rstrip()


def _sections(body: str) -> tuple[Section, ...]:
    found: list[tuple[int, str, list[str]]] = [(0, "", [])]
    fence = ""
    for line in body.split("\n"):
        mark = _FENCE.match(line)
        if mark and fence in ("", mark.group(1)):
            fence = "" if fence else mark.group(1)
        heading = None if fence else _HEADING.match(line)
        if heading:
            found.append((len(heading.group(1)), _bare(heading.group(2)), []))
        else:
            found[-1][2].append(line)
    return tuple(
        Section(level=level, heading=heading, text="\n".join(lines).strip())
        for level, heading, lines in found
    )
