"""Python source as coloured HTML."""

from __future__ import annotations

from typing import Final

from markupsafe import Markup
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from runner.text import clean_text, shorten

MAX_CHARS: Final = 64 * 1024
"""Longer source is shown without colours: a lexer's time may grow faster than its input."""
MAX_SHOWN_CHARS: Final = 64 * 1024
MAX_SHOWN_LINES: Final = 2_000

_FORMATTER: Final = HtmlFormatter(nowrap=True, wrapcode=False)


def highlight_python(source: str) -> Markup:
    """Return ``source`` cleaned and escaped, with a ``span`` of a class per token.

    Of what nobody would read to its end the middle is left out, and that is said.
    """
    cleaned = clean_text(shorten(source, max_chars=MAX_SHOWN_CHARS, max_lines=MAX_SHOWN_LINES))
    if len(cleaned) > MAX_CHARS:
        return Markup("{}").format(cleaned)
    lexer = PythonLexer(stripnl=False, ensurenl=False)
    return Markup(highlight(cleaned, lexer, _FORMATTER))  # noqa: S704  escaped by Pygments
