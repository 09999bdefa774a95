"""What the reference weeks say about each feature."""

from collections import Counter

import numpy as np
from watch.season import fit_wave
from weeks import Week

SMALLEST_SHARE = 0.15


def learn(listed: dict, weeks: list[Week]) -> dict:
    """Return what `check` needs, as JSON."""
    numbers = np.array([week.number for week in weeks])
    ones = np.array([np.mean([cell == "1" for cell in week.cells("label")]) for week in weeks])
    return {
        "page_from": listed["page_from_importance"],
        "requests": float(np.median([len(week.rows) for week in weeks])),
        "ones": float(ones.mean()),
        "features": {one["name"]: learn_one(one, weeks, numbers) for one in listed["features"]},
    }


def learn_one(one: dict, weeks: list[Week], numbers: np.ndarray) -> dict:
    cells = [week.cells(one["name"]) for week in weeks]
    about = {key: one[key] for key in ("type", "table", "importance")}
    about["missing"] = sum(column.count("") for column in cells) / sum(len(column) for column in cells)
    if one["type"] == "number":
        quartiles = np.array([np.quantile(week.numbers(one["name"]), [0.25, 0.5, 0.75]) for week in weeks])
        about["spread"] = float(np.median(quartiles[:, 2] - quartiles[:, 0]) / 1.35)
        about["level"] = fit_wave(numbers, quartiles[:, 1])
        return about
    there = [[cell for cell in column if cell] for column in cells]
    counts = Counter(cell for column in there for cell in column)
    common = [value for value, count in counts.items() if count >= SMALLEST_SHARE * sum(counts.values())]
    about["values"] = {
        value: fit_wave(numbers, np.array([column.count(value) / len(column) for column in there])) for value in common
    }
    return about
