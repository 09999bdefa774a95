"""Features of parcels, for the night and for the checkout.

A row is what a request sends or what the export says; reading it is part of making features, so that
there is one opinion on what "3,75 kg" means.
"""

import math
import re
from datetime import datetime
from zoneinfo import ZoneInfo

NUMBER = re.compile(r"\s*(-?[0-9]+(?:[.,][0-9]+)?(?:[eE][-+]?[0-9]+)?)\s*[a-zA-Z€]*\s*")


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
    value = _read_number(cell)
    if value is None:
        value = spec["fill"]
    value = min(max(value, spec["low"]), spec["high"])
    return math.log1p(value) if spec["log"] else value


def _read_number(cell):
    """Return a number, None if there is none; text that is no number is an error, not a gap."""
    if cell is None or (isinstance(cell, str) and not cell.strip()):
        return None
    if not isinstance(cell, str):
        return float(cell)
    found = NUMBER.fullmatch(cell)
    if found is None:
        raise ValueError(f"{cell!r} is no number")
    return float(found[1].replace(",", "."))


def _code(cell, spec):
    name = cell.strip().lower() if isinstance(cell, str) else None
    return spec["names"].index(name) if name in spec["names"] else spec["unseen"]
