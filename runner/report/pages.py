"""The environment of the templates, and what keeps a page harmless."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache, partial
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined, Undefined
from markupsafe import Markup

from graders.evidence import ClaimVerdict, MachineState, Outcome, State
from runner.report import words
from runner.report.highlight import highlight_python
from runner.report.markdown import safe_markdown
from runner.report.symbols import symbol
from runner.text import clean_line, clean_prose, clean_text, shorten

if TYPE_CHECKING:
    import enum
    from collections.abc import Callable, Mapping

MAX_NAME_CHARS: Final = 300
_BACKTICKS: Final = re.compile(r"`([^`\n]+)`")
_WORDS: Final[Mapping[type[enum.Enum], Mapping[Any, str]]] = {
    State: words.STATES,
    Outcome: words.OUTCOMES,
    MachineState: words.MACHINE_STATES,
    ClaimVerdict: words.CLAIM_VERDICTS,
}


def render(template: str, **values: object) -> str:
    """Return a page; every string in it is cleaned and escaped on its way out."""
    environment = _environment()
    return environment.get_template(template).render(
        style=_style(), policy=content_security_policy(), **values
    )


def content_security_policy() -> str:
    """Return the policy of a page: the one style sheet, pictures within the page, no more."""
    digest = base64.b64encode(hashlib.sha256(_style().encode()).digest()).decode("ascii")
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def finalize(value: object) -> object:
    """Clean everything that a template puts out, unless it is HTML of our own making.

    What goes through no filter is a name or an id: one line, and long ones are cut.
    """
    if isinstance(value, Markup | Undefined):
        return value
    return clean_line("none" if value is None else str(value), max_chars=MAX_NAME_CHARS)


def _say(value: enum.Enum) -> str:
    """Return the word of an outcome or a state."""
    return _WORDS[type(value)][value]


def _word_of(words_by_key: Mapping[str, str]) -> Callable[[str], str]:
    """Return a filter from a key to its word; an unknown key stays as it is."""
    return lambda key: words_by_key.get(key, key)


def _prose(text: str) -> Markup:
    """Return running text with no line cut; what stands in backticks is code."""
    parts = _BACKTICKS.split(clean_prose(shorten(text)))
    tags = (Markup("{}"), Markup("<code>{}</code>"))
    return Markup("").join(tags[place % 2].format(part) for place, part in enumerate(parts))


def _output(text: str) -> Markup:
    """Return what a program printed, long output without its middle."""
    return Markup("{}").format(clean_text(shorten(text)))


@cache
def _style() -> Markup:
    sheet = files("runner.report").joinpath("templates/style.css").read_text("utf-8")
    return Markup("\n" + sheet)  # noqa: S704  ours


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("runner.report"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "ai_policy": _word_of(words.AI_POLICIES),
        "brief": partial(safe_markdown, has_headings=True),
        "bytes": words.say_bytes,
        "code": highlight_python,
        "counted": words.say_count,
        "flag": words.say_flag,
        "kind": _word_of(words.KINDS),
        "markdown": safe_markdown,
        "name": words.say_name,
        "number": words.say_number,
        "output": _output,
        "points": words.say_points,
        "points_open": words.say_open_points,
        "prose": _prose,
        "say": _say,
        "seconds": words.say_seconds,
        "source": _word_of(words.SOURCES),
        "symbol": symbol,
        "there": _word_of(words.DELIVERABLE_STATES),
        "time": words.say_time,
    }
    environment.globals["say_quantity"] = words.say_quantity
    environment.globals["say_value"] = words.say_value
    return environment
