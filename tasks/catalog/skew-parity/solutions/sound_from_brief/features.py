"""The one place where features are made, for the night and for checkout alike.

A feature is made from one row and the model, and from nothing else.
"""

import math
from datetime import datetime
from zoneinfo import ZoneInfo, available_timezones

from reading import read_category, read_number
from scorer import CATEGORIES, NUMBERS

# ZoneInfo opens a file of the system for a zone that is new to it. At serve time no file but the model's may be
# opened, and the next model may have any zone: so all are read here, once, when the module is imported.
ZONES = {name: ZoneInfo(name) for name in available_timezones()}


def vectors(rows, model):
    """Return the features of every row in the model's order, before they are centred and scaled."""
    return [_vector(row, model) for row in rows]


def _vector(row, model):
    made = {name: _number(read_number(row.get(name), name), model["numbers"][name]) for name in NUMBERS}
    for name in CATEGORIES:
        made[name] = _code(row.get(name), model["categories"][name])
    made["depot"] = model["depots"]["rates"].get(row.get("depot") or "", model["depots"]["unseen"])
    made["weekday"] = _weekday(row["booked_at"], model)
    return [float(made[name]) for name in model["features"]]


def _number(number, spec):
    if number is None:
        number = spec["fill"]
    number = min(max(number, spec["low"]), spec["high"])  # the fill is clipped and logged, too
    return math.log1p(number) if spec["log"] else number


def _code(value, spec):
    codes = {name: code for code, name in enumerate(spec["names"])}
    return codes.get(read_category(value, spec["names"]), spec["unseen"])


def _weekday(stamp, model):
    zone = ZONES.get(model["zone"]) or ZoneInfo(model["zone"])
    return model["weekdays"][datetime.fromisoformat(stamp).astimezone(zone).weekday()]
