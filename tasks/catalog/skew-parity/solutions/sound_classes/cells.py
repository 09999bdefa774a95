"""Single cells, as the export or a client writes them."""

import math
import re

_LEADING_NUMBER = re.compile(r"[-+]?\d*[.,]?\d+")


def number(cell):
    """Return a float; nan where nothing is written."""
    if cell is None or cell == "":
        return math.nan
    if isinstance(cell, str):
        match = _LEADING_NUMBER.match(cell.strip())
        if match is None:
            raise ValueError(f"no number: {cell!r}")
        cell = match.group().replace(",", ".")
    return float(cell)


def word(cell):
    return (cell or "").strip().lower()
