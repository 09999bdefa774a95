"""`vectors(rows, model)`: a plan made from the model, filled into a matrix column by column (numpy)."""

from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np

import cells


class Plan:
    """How one model wants its features."""

    def __init__(self, model):
        self.model = model
        self.makers = {
            **{name: self.number for name in model["numbers"]},
            **{name: self.category for name in model["categories"]},
            "depot": self.depot,
            "weekday": self.weekday,
        }

    def fill(self, rows):
        matrix = np.empty((len(rows), len(self.model["features"])))
        for place, name in enumerate(self.model["features"]):
            matrix[:, place] = self.makers[name](name, rows)
        return matrix

    def number(self, name, rows):
        spec = self.model["numbers"][name]
        column = np.array([cells.number(row.get(name)) for row in rows], dtype=float)
        column = np.clip(np.where(np.isnan(column), spec["fill"], column), spec["low"], spec["high"])
        return np.log1p(column) if spec["log"] else column

    def category(self, name, rows):
        spec = self.model["categories"][name]
        codes = {known: code for code, known in enumerate(spec["names"])}
        return [codes.get(cells.word(row.get(name)), spec["unseen"]) for row in rows]

    def depot(self, name, rows):
        depots = self.model["depots"]
        return [depots["rates"].get(row.get(name), depots["unseen"]) for row in rows]

    def weekday(self, _name, rows):
        zone = ZoneInfo(self.model["zone"])
        days = [datetime.fromisoformat(row["booked_at"]).astimezone(zone).weekday() for row in rows]
        return [self.model["weekdays"][day] for day in days]


def vectors(rows, model):
    return Plan(model).fill(rows).tolist()
