"""Make text of unknown origin safe to show: on a terminal, in a page, in a table.

Nothing is stripped: stripping hides the attempt and can join what was apart. What cannot be seen
is spelled out as ``⟨U+202E⟩``.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from graders.hidden_text import INVISIBLE, JOINERS, has_hidden_text, is_needed

__all__ = [
    "clean_cell",
    "clean_line",
    "clean_prose",
    "clean_text",
    "has_hidden_text",
    "shorten",
    "show_hidden",
]

MAX_LINE: Final = 2000
MAX_WORD: Final = 2000
MAX_MARKS: Final = 6
"""On one letter; the scripts that need marks do with fewer."""
MAX_OUTPUT_CHARS: Final = 12_000
MAX_OUTPUT_LINES: Final = 240
_LONG_WORD: Final = re.compile(rf"\S{{{MAX_WORD + 1},}}")
_HEAP: Final = re.compile(rf"[^\w\s!-~]{{{MAX_MARKS + 1},}}")
"""Where marks may lie in heaps: they are no letters, and neither are symbols and emoji."""
_FORMULA: Final = frozenset("=+-@")
_CELL_START: Final = re.compile(r"""(?:^|;)[\s"']*""")
"""Where a cell may begin: a spreadsheet in half of the world takes ``;`` for the end of one."""


def show_hidden(text: str) -> str:
    """Return ``text`` with everything invisible spelled out, and no line cut.

    What an emoji or a script is made of stays (``graders.hidden_text``), and so do up to 6 marks
    on one letter: more would cover the lines around it and cannot be broken.
    """
    level = _HEAP.sub(_spell_heap, text.replace("\r\n", "\n"))
    return INVISIBLE.sub(_spell_unless_needed, level)


def clean_prose(text: str) -> str:
    """Return running text with everything invisible spelled out, and what is no word cut.

    Its lines are not cut: a paragraph is one, and longer than a line of code may be.
    """
    return show_hidden(_LONG_WORD.sub(_cut_word, text))


def clean_text(text: str, *, max_chars: int | None = None) -> str:
    """Return ``text`` with everything invisible spelled out, long lines and texts cut."""
    text = text.replace("\r\n", "\n")
    if max_chars is not None and len(text) > max_chars:
        text = f"{text[:max_chars]}… ({len(text) - max_chars} more characters)"
    return "\n".join(map(_cut_line, show_hidden(text).split("\n")))


def clean_line(text: str, *, max_chars: int = 500) -> str:
    """Return ``text`` on one line, with even the joiners of an emoji spelled out.

    For names and ids, which must not look alike, and for terminals, which disagree about widths.
    """
    line = INVISIBLE.sub(_spell, clean_text(text, max_chars=max_chars))
    return line.replace("\n", " ").replace("\t", " ")


def clean_cell(text: str, *, max_chars: int = 500) -> str:
    """Return ``text`` on one line, and so that no spreadsheet takes a part of it for a formula.

    Source: OWASP ASVS 1.2.10; quotes and separators, OWASP's page on CSV injection.
    """
    return _CELL_START.sub(_defuse, clean_line(text, max_chars=max_chars))


def shorten(
    text: str, *, max_chars: int = MAX_OUTPUT_CHARS, max_lines: int = MAX_OUTPUT_LINES
) -> str:
    """Return the beginning and the end of a long text; a program's errors stand at its end."""
    text = _shorten_lines(text, max_lines)
    if len(text) <= max_chars:
        return text
    head, tail = max_chars // 3, max_chars * 2 // 3
    return f"{text[:head]}\n{_gap(len(text) - head - tail, 'characters')}\n{text[-tail:]}"


def _shorten_lines(text: str, max_lines: int) -> str:
    lines = text.split("\n")
    if len(lines) <= max_lines:
        return text
    head, tail = max_lines // 3, max_lines * 2 // 3
    return "\n".join([*lines[:head], _gap(len(lines) - head - tail, "lines"), *lines[-tail:]])


def _gap(count: int, noun: str) -> str:
    return f"… {count:,} {noun} left out here …"


def _spell_unless_needed(found: re.Match[str]) -> str:
    return found.group() if is_needed(found.string, found.start()) else _spell(found)


def _spell_heap(found: re.Match[str]) -> str:
    """Spell out the marks beyond those that a letter may have."""
    shown, marks = [], 0
    for char in found.group():
        if unicodedata.category(char).startswith("M"):
            marks += 1
        elif char not in JOINERS:
            marks = 0
        is_mark_too_many = marks > MAX_MARKS and char not in JOINERS
        shown.append(_name(char) if is_mark_too_many else char)
    return "".join(shown)


def _name(char: str) -> str:
    return f"⟨U+{ord(char):04X}⟩"


def _spell(found: re.Match[str]) -> str:
    return _name(found.group())


def _defuse(found: re.Match[str]) -> str:
    """Put an apostrophe before what would begin a formula, its full-width forms included."""
    first = unicodedata.normalize("NFKC", found.string[found.end() : found.end() + 1])
    return f"{found.group()}'" if first[:1] in _FORMULA else found.group()


def _cut_word(found: re.Match[str]) -> str:
    return _cut_line(found.group())


def _cut_line(line: str) -> str:
    if len(line) <= MAX_LINE:
        return line
    return f"{line[:MAX_LINE]}… ({len(line) - MAX_LINE} more characters)"
