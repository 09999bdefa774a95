"""Reads single values in the forms in which clients and the export write them.

The habits are those of the request log: kiosks write a decimal comma and capitals, partners a unit. A number
in any other form is refused with a ValueError: taken for missing, it would give a wrong score that nobody notices.
"""

import re

# "187,59" or "13 km"; whatever float() reads is read before this is asked.
HABITS = re.compile(r"\s*(\d+(?:[.,]\d+)?)\s*(?:km)?\s*", re.IGNORECASE)


def is_missing(value):
    return value is None or value == ""


def read_number(value):
    """Return a float, or None if the value is missing."""
    if is_missing(value):
        return None
    try:
        return float(value)
    except ValueError:
        found = HABITS.fullmatch(value)
        if not found:
            raise
        return float(found[1].replace(",", "."))


def read_category(value, names):
    """Return the one of the names that is meant, an empty text if the value is missing, or None if it is unknown."""
    if is_missing(value):
        return ""
    if value in names:
        return value
    folded = value.casefold()
    return next((name for name in names if name.casefold() == folded), None)
