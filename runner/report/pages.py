"""The environment of the templates, and what keeps a page harmless."""

from __future__ import annotations

import base64
import enum
import hashlib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined, Undefined
from markupsafe import Markup

from runner.report import words
from runner.report.highlight import highlight_python
from runner.report.markdown import safe_markdown
from runner.report.symbols import symbol
from runner.report.text import shorten_output, show_hidden
from runner.text import clean_text

if TYPE_CHECKING:
    from collections.abc import Mapping

_WORDS: Final[Mapping[type[enum.Enum], Mapping[Any, str]]] = {
    words.State: words.STATES,
    words.Outcome: words.OUTCOMES,
    words.MachineState: words.MACHINE_STATES,
    words.ClaimVerdict: words.CLAIM_VERDICTS,
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
    """Clean everything that a template puts out, unless it is HTML of our own making."""
    if isinstance(value, Markup | Undefined):
        return value
    return clean_text("–" if value is None else str(value))


def _say(value: enum.Enum) -> str:
    """Return the word of an outcome or a state."""
    return _WORDS[type(value)][value]


def _prose(text: str) -> Markup:
    """Return running text with no line cut."""
    return Markup("{}").format(show_hidden(text))


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
        "ai_policy": lambda policy: words.AI_POLICIES.get(policy, policy),
        "bytes": words.say_bytes,
        "code": highlight_python,
        "count": words.say_count,
        "flag": words.say_flag,
        "markdown": safe_markdown,
        "name": words.say_name,
        "number": words.say_number,
        "output": shorten_output,
        "points": words.say_points,
        "prose": _prose,
        "say": _say,
        "seconds": words.say_seconds,
        "symbol": symbol,
        "there": words.DELIVERABLE_STATES.__getitem__,
        "time": words.say_time,
    }
    environment.globals["say_quantity"] = words.say_quantity
    environment.globals["say_value"] = words.say_value
    return environment
