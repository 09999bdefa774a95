"""Cells, as clients and the export write them."""

import re

NUMBER = re.compile(r"\s*(-?[0-9]+(?:[.,][0-9]+)?(?:[eE][-+]?[0-9]+)?)\s*[a-zA-Z€]*\s*")


def read_number(cell):
    """Return a number, None if there is none; text that is no number is an error, not a gap."""
    if cell is None or (isinstance(cell, str) and not cell.strip()):
        return None
    if not isinstance(cell, str):
        return float(cell)
    found = NUMBER.fullmatch(cell)
    if found is None:
        raise ValueError(f"{cell!r} is no number")
    return float(found[1].replace(",", "."))


def read_name(cell):
    """Return a category in the export's way of writing it, None if there is none."""
    return (cell.strip().lower() or None) if isinstance(cell, str) else None
