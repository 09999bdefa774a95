"""Make text of unknown origin safe to show: on a terminal, in a page, in a table."""

from __future__ import annotations

import re

# Source: Unicode's Default_Ignorable_Code_Point, and the categories Cc, Cf, Cs, Zl and Zp but for
# tab, newline and the signs of U+0600 and the like, which are seen.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # controls but tab and newline
    "\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff0-\ufffb"  # format, bidi
    "\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"  # format of rarer scripts
    "\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0\u2028\u2029"  # blank letters, separators
    "\u180b-\u180f\ufe00-\ufe0f\U000e0000-\U000e0fff"  # variation selectors, tags
    "\ud800-\udfff\ufdd0-\ufdef]"  # halves of pairs, noncharacters
    "|[\ufffe\uffff]"
)
MAX_LINE = 2000


def clean_text(text: str, *, max_chars: int | None = None) -> str:
    """Return ``text`` with everything invisible shown as ``⟨U+202E⟩``, long lines and texts cut.

    Nothing is stripped: stripping hides the attempt and can join what was apart.
    """
    text = text.replace("\r\n", "\n")
    if max_chars is not None and len(text) > max_chars:
        text = f"{text[:max_chars]}… ({len(text) - max_chars} more characters)"
    text = _HIDDEN.sub(lambda match: f"⟨U+{ord(match.group()):04X}⟩", text)
    if len(text) <= MAX_LINE:
        return text
    return "\n".join(map(_cut_line, text.split("\n")))


def has_hidden_text(text: str) -> bool:
    """Whether ``text`` holds controls, bidi marks or zero-width characters."""
    return _HIDDEN.search(text.replace("\r\n", "\n")) is not None


def clean_cell(text: str, *, max_chars: int = 500) -> str:
    """Return ``text`` on one line, and so that no spreadsheet takes it for a formula.

    Source: OWASP ASVS 1.2.10.
    """
    line = clean_text(text, max_chars=max_chars).replace("\n", " ").replace("\t", " ")
    if line.lstrip()[:1] in ("=", "+", "-", "@", "＝", "＋", "－", "＠"):
        return "'" + line
    return line


def _cut_line(line: str) -> str:
    if len(line) <= MAX_LINE:
        return line
    return f"{line[:MAX_LINE]}… ({len(line) - MAX_LINE} more characters)"
