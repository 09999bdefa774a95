"""The batch path's columns, for both paths. Rows have clean cells here: see reading.py."""

import math
from datetime import datetime
from zoneinfo import ZoneInfo

from reading import clean_row


def vectors(rows, model):
    rows = [clean_row(row) for row in rows]
    columns = [column_of(name, rows, model) for name in model["features"]]
    return [list(vector) for vector in zip(*columns)]


def column_of(name, rows, model):
    cells = [row[name if name != "weekday" else "booked_at"] for row in rows]
    if name in model["numbers"]:
        return number_column(cells, model["numbers"][name])
    if name in model["categories"]:
        return category_column(cells, model["categories"][name])
    if name == "depot":
        return [float(model["depots"]["rates"].get(cell, model["depots"]["unseen"])) for cell in cells]
    if name == "weekday":
        return weekday_column(cells, model)
    raise ValueError(f"the model asks for a feature {name!r} that nobody makes")


def number_column(cells, spec):
    column = [spec["fill"] if cell is None else cell for cell in cells]
    column = [min(max(value, spec["low"]), spec["high"]) for value in column]
    return [math.log1p(value) for value in column] if spec["log"] else column


def category_column(cells, spec):
    codes = {name: float(code) for code, name in enumerate(spec["names"])}
    return [codes.get(cell, float(spec["unseen"])) for cell in cells]


def weekday_column(cells, model):
    zone = ZoneInfo(model["zone"])
    return [model["weekdays"][datetime.fromisoformat(cell).astimezone(zone).weekday()] for cell in cells]
