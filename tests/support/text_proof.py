"""What must hold of anything that is printed, exported or shown; each fault as a sentence.

Written apart from the code it judges: what is invisible is taken from Unicode's categories here.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from functools import partial
from typing import TYPE_CHECKING

import pandas as pd

from sandbox.strict_json import StrictJsonError, loads_object

if TYPE_CHECKING:
    from collections.abc import Iterable

_UNSEEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_UNSEEN_RANGES = (
    (0x034F, 0x034F),
    (0x115F, 0x1160),
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x3164, 0x3164),
    (0xFDD0, 0xFDEF),
    (0xFE00, 0xFE0F),
    (0xFFA0, 0xFFA0),
    (0xE0000, 0xE0FFF),
)
_SEEN_FORMATS = frozenset("\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd") | {
    chr(code) for code in range(0x0600, 0x0606)
}
"""Format characters that are signs of their own, such as the Arabic one before a number."""
_NUMBER = re.compile(r"-?\d+(\.\d+)?(e[+-]?\d+)?")
_SEPARATORS = ",;"


def is_unseen(char: str) -> bool:
    """Whether a reader sees nothing of ``char``, which is neither space, tab nor newline."""
    code = ord(char)
    return (
        (unicodedata.category(char) in _UNSEEN_CATEGORIES and char not in _SEEN_FORMATS | {*"\t\n"})
        or code & 0xFFFE == 0xFFFE
        or any(low <= code <= high for low, high in _UNSEEN_RANGES)
    )


def spelled(text: str) -> str:
    """Return ``text`` as it is to be shown where not even emoji keep their joiners."""
    text = text.replace("\r\n", "\n")
    return "".join(f"⟨U+{ord(char):04X}⟩" if is_unseen(char) else char for char in text)


def hidden_faults(text: str) -> list[str]:
    """Return which invisible characters are in ``text``."""
    return sorted({f"U+{ord(char):04X} is not shown" for char in set(text) if is_unseen(char)})


def terminal_faults(text: str, *, width: int | None = None) -> list[str]:
    """Return what in ``text`` would act on a terminal or break its lines."""
    faults = hidden_faults(text)
    if "\t" in text:
        faults.append("a tab")
    if width is not None and any(map(partial(_is_wider, width), text.split("\n"))):
        faults.append(f"a line longer than {width}")
    return faults


def csv_faults(text: str, *, rows: int) -> list[str]:
    """Return what a spreadsheet would make of a CSV file beside texts and numbers."""
    faults = hidden_faults(text)
    table = list(csv.reader(io.StringIO(text), strict=True))
    if len(table) != rows + 1 or len({len(row) for row in table}) != 1:
        faults.append(f"{len(table)} rows of {sorted({len(row) for row in table})} cells")
    frame = pd.read_csv(io.StringIO(text), header=None, dtype=str, keep_default_na=False)
    if frame.to_numpy().tolist() != table:
        faults.append("pandas reads other cells than csv")
    for separator in _SEPARATORS:
        for row in csv.reader(io.StringIO(text), delimiter=separator):
            faults += [f"a formula: {cell[:30]!r}" for cell in row if _is_formula(cell)]
    return faults


def json_faults(text: str) -> list[str]:
    """Return why ``text`` is not strict JSON in ASCII."""
    faults = [] if text.isascii() else ["not ASCII"]
    try:
        loads_object(text.encode("utf-8", "surrogatepass"))
    except StrictJsonError as error:
        faults.append(f"not strict: {error}")
    return faults + [fault for fault in hidden_faults(text) if fault != "U+000A is not shown"]


def without(text: str, pieces: Iterable[str]) -> str:
    """Return ``text`` without words and emoji that may hold invisible characters."""
    for piece in pieces:
        text = text.replace(piece, "")
    return text


def _is_wider(width: int, line: str) -> bool:
    return sum(unicodedata.category(char)[0] != "M" for char in line) > width


def _is_formula(cell: str) -> bool:
    """Whether a spreadsheet might calculate a cell, whatever quotes and blanks stand before it."""
    if _NUMBER.fullmatch(cell):
        return False
    bare = cell.lstrip('"\ufeff\u200b \t\r\n\v\f\u00a0\u3000')
    return unicodedata.normalize("NFKC", bare[:1])[:1] in tuple("=+-@")
