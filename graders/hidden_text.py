"""Characters that no reader sees: which there are, and what an honest text needs of them.

Emoji are made of pictures with joiners and variation selectors between them, and Persian and the
Indic scripts cannot be written without joiners. Where one of these stands as such a text needs it,
and only once, it is not hidden text; everywhere else it is.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_CLASSES: Final[Mapping[str, str]] = {
    "control": "\x00-\x08\x0b-\x1f\x7f-\x9f",  # all but tab and newline
    "bidirectional": "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069",
    "zero-width": "\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200d\u2028\u2029"
    "\u2060-\u2065\u206a-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U00013430-\U0001343f"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0100-\U000e01ef",
    "tag": "\U000e0000-\U000e00ff\U000e01f0-\U000e0fff",
    "invalid": "\ud800-\udfff\ufdd0-\ufdef"  # halves of pairs, noncharacters
    + "".join(chr(plane + 0xFFFE) + chr(plane + 0xFFFF) for plane in range(0, 0x110000, 0x10000)),
}
"""Kinds of characters, as parts of a regular expression's set."""

INVISIBLE: Final = re.compile(f"[{''.join(_CLASSES.values())}]")
"""One character that a reader would not see, needed or not."""

JOINERS: Final = "\u200c\u200d"

_KINDS: Final = {kind: re.compile(f"[{chars}]") for kind, chars in _CLASSES.items()}
_PICTURE: Final = re.compile(
    "[\u00a9\u00ae\u203c\u2049\u2122\u2139\u2190-\u21ff\u2300-\u23ff\u24c2\u25a0-\u27bf"
    "\u2934\u2935\u2b00-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff]"
)
_ARABIC: Final = re.compile("[\u0620-\u065f\u066e-\u06d3\u06fa-\u06ff\u0750-\u077f\u08a0-\u08c9]")
_VIRAMA: Final = re.compile(
    "[\u094d\u09cd\u0a4d\u0acd\u0b4d\u0bcd\u0c4d\u0ccd\u0d4d\u0dca\u1039\u17d2]"
)


def has_hidden_text(text: str) -> bool:
    """Whether a character of ``text`` stays unseen and is not needed where it stands.

    CR before LF ends a line and is none.
    """
    text = text.replace("\r\n", "\n")
    return any(not is_needed(text, found.start()) for found in INVISIBLE.finditer(text))


def count_hidden(text: str) -> dict[str, int]:
    """Return how many characters of each kind stay unseen and are not needed where they stand."""
    text = text.replace("\r\n", "\n")
    return dict(
        Counter(
            _kind_of(found.group())
            for found in INVISIBLE.finditer(text)
            if not is_needed(text, found.start())
        )
    )


def is_needed(text: str, place: int) -> bool:
    """Whether the invisible character at ``place`` belongs to an emoji or joins two letters."""
    char = text[place]
    if char not in f"{JOINERS}\ufe0e\ufe0f":
        return False
    before, after = text[max(place - 1, 0) : place], text[place + 1 : place + 2]
    if char in "\ufe0e\ufe0f":
        is_key = before in tuple("0123456789#*") and after == "\u20e3"
        return is_key or _is(_PICTURE, before)
    if _is(_PICTURE, after) and char == "\u200d":
        return _is(_PICTURE, text[max(place - 2, 0)] if before == "\ufe0f" else before)
    return _is(_VIRAMA, before) or (_is(_ARABIC, before) and _is(_ARABIC, after))


def _is(pattern: re.Pattern[str], char: str) -> bool:
    return pattern.fullmatch(char) is not None


def _kind_of(char: str) -> str:
    return next(kind for kind, pattern in _KINDS.items() if pattern.match(char))
