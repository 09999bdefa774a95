"""Reads single values in the forms in which clients and the export write them.

The habits are those of the request logs seen so far: a decimal comma, the unit of the field behind the number, and
categories in capitals. A number in any other form is refused with a ValueError: taken for missing, it would give a
wrong score that nobody notices.
"""

import re

UNITS = {"weight_kg": "kg", "distance_km": "km", "value_eur": "eur"}

# "187,59", "13 km" or "9.73 EUR"; whatever float() reads is read before this is asked.
HABITS = re.compile(r"\s*([+-]?\d+(?:[.,]\d+)?)\s*([a-z]*)\s*", re.IGNORECASE)


def is_missing(value):
    return value is None or value == ""


def read_number(value, field):
    """Return a float, or None if the value is missing. Only the field's own unit may stand behind it."""
    if is_missing(value):
        return None
    try:
        return float(value)
    except ValueError:
        found = HABITS.fullmatch(value)
        if not found or found[2].casefold() not in ("", UNITS.get(field)):
            raise
        return float(found[1].replace(",", "."))


def read_category(value, names):
    """Return the one of the names that is meant, an empty text if the value is missing, or None if it is unknown."""
    if is_missing(value):
        return ""
    if value in names:
        return value
    folded = value.strip().casefold()
    return next((name for name in names if name.casefold() == folded), None)
