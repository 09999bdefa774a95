"""Python source as coloured HTML."""

from __future__ import annotations

from typing import Final

from markupsafe import Markup
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from runner.text import clean_text

MAX_CHARS: Final = 64 * 1024
"""Longer source is shown without colours: a lexer's time may grow faster than its input."""

_FORMATTER: Final = HtmlFormatter(nowrap=True, wrapcode=False)


def highlight_python(source: str) -> Markup:
    """Return ``source`` cleaned and escaped, with a ``span`` of a class per token."""
    cleaned = clean_text(source)
    if len(cleaned) > MAX_CHARS:
        return Markup("{}").format(cleaned)
    lexer = PythonLexer(stripnl=False, ensurenl=False)
    return Markup(highlight(cleaned, lexer, _FORMATTER))  # noqa: S704  escaped by Pygments
