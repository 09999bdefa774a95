"""Untrusted text for pages, beyond ``clean_text``: whole paragraphs and long outputs."""

from __future__ import annotations

from typing import Final

from runner.text import clean_text, has_hidden_text

MAX_OUTPUT_CHARS: Final = 12_000
MAX_OUTPUT_LINES: Final = 240
_PIECE: Final = 200  # so short that no piece is cut, even if every character is spelled out


def show_hidden(text: str) -> str:
    """Return ``text`` with everything invisible shown, and no line cut.

    For running text, where a paragraph is one line and longer than a line of code may be.
    """
    text = text.replace("\r\n", "\n")
    if not has_hidden_text(text):
        return text
    pieces = (text[start : start + _PIECE] for start in range(0, len(text), _PIECE))
    return "".join(map(clean_text, pieces))


def shorten_output(text: str) -> str:
    """Return the beginning and the end of what a program printed; errors stand at the end."""
    text = _shorten_lines(text)
    if len(text) <= MAX_OUTPUT_CHARS:
        return text
    head, tail = MAX_OUTPUT_CHARS // 3, MAX_OUTPUT_CHARS * 2 // 3
    left_out = len(text) - head - tail
    return f"{text[:head]}\n{_gap(left_out, 'characters')}\n{text[-tail:]}"


def _shorten_lines(text: str) -> str:
    lines = text.split("\n")
    if len(lines) <= MAX_OUTPUT_LINES:
        return text
    head, tail = MAX_OUTPUT_LINES // 3, MAX_OUTPUT_LINES * 2 // 3
    left_out = len(lines) - head - tail
    return "\n".join([*lines[:head], _gap(left_out, "lines"), *lines[-tail:]])


def _gap(count: int, noun: str) -> str:
    return f"… {count:,} {noun} left out here …"
