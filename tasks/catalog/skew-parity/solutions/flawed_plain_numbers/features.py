"""Features of parcels, for the night and for the checkout.

A row is what a request sends or what the export says; reading it is part of making features, so that
there is one opinion on what "3,75 kg" means.
"""

import math
from datetime import datetime
from zoneinfo import ZoneInfo

from reading import read_name, read_number


def vectors(rows, model):
    """Return one list of floats for each row, in the model's order."""
    return [_vector(row, model) for row in rows]


def _vector(row, model):
    made = {name: _number_feature(row.get(name), spec) for name, spec in model["numbers"].items()}
    for name, spec in model["categories"].items():
        made[name] = _code(row.get(name), spec)
    depots = model["depots"]
    made["depot"] = depots["rates"].get(row.get("depot"), depots["unseen"])
    moment = datetime.fromisoformat(row["booked_at"])
    made["weekday"] = model["weekdays"][moment.astimezone(ZoneInfo(model["zone"])).weekday()]
    return [float(made[name]) for name in model["features"]]


def _number_feature(cell, spec):
    value = read_number(cell)
    if value is None:
        value = spec["fill"]
    value = min(max(value, spec["low"]), spec["high"])
    return math.log1p(value) if spec["log"] else value


def _code(cell, spec):
    name = read_name(cell)
    return spec["names"].index(name) if name in spec["names"] else spec["unseen"]
