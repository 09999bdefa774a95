"""Learns from the reference what is usual for each subject; all of it can be written as JSON."""

from collections import Counter

import numpy as np

from baseline import fit_seasons
from weeks import Week, week_number

FREQUENT = 0.15  # a value that may have a fifth of the requests in some weeks


def learn(listed: dict, weeks: list[Week]) -> dict:
    numbers = np.array([week_number(week.monday) for week in weeks])
    features = {}
    for one in listed["features"]:
        name = one["name"]
        kind = true_type(one, weeks)
        learnt = {
            "type": kind,
            "page": one["importance"] >= listed["page_from_importance"],
            "missing": _rate(numbers, [week.missing(name) for week in weeks], weeks),
        }
        learn_values = _learn_number if kind == "number" else _learn_category
        features[name] = learnt | learn_values(name, numbers, weeks, one["season_weeks"])
    return {
        "features": features,
        "tables": {
            table: {"members": members, "lost": float(np.mean([week.missing(*members) for week in weeks]))}
            for table, members in true_tables(listed, weeks).items()
        },
        "label": _rate(numbers, [week.ones() for week in weeks], weeks),
        "requests": float(np.median([week.requests for week in weeks])),
    }


def true_type(listed: dict, weeks: list[Week]) -> str:
    """A number is what the cells say it is: in the listed type if that can be, else in the other."""
    cells = sum(sum(week.counts(listed["name"]).values()) for week in weeks)
    numeric = sum(len(week.numbers(listed["name"])) for week in weeks)
    if listed["type"] == "number":
        return "number" if numeric >= 0.9 * cells else "category"
    distinct = len(set().union(*(week.counts(listed["name"]) for week in weeks)))
    return "number" if numeric == cells and distinct > max(50, 0.1 * cells) else "category"


def true_tables(listed: dict, weeks: list[Week]) -> dict[str, list[str]]:
    """Take the members of a table as listed, but for those that the reference shows to be missing apart from the others."""
    tables: dict[str, list[str]] = {}
    for one in listed["features"]:
        if one["table"]:
            tables.setdefault(one["table"], []).append(one["name"])
    gaps = {
        one["name"]: np.concatenate([[cell == "" for cell in week.columns[one["name"]]] for week in weeks])
        for one in listed["features"]
    }
    for table, members in tables.items():
        if np.logical_and.reduce([gaps[name] for name in members]).any():
            continue
        groups = [[other for other in members if _overlap(gaps[name], gaps[other]) > 0.5] for name in members]
        largest = max(groups, key=len)
        if len(largest) > 1:
            tables[table] = largest
    return tables


def spread_of(values: np.ndarray) -> float:
    low, high = np.quantile(values, [0.25, 0.75])
    return float(high - low) / 1.35


def share_error(share: float, count: float) -> float:
    share = min(max(share, 0.02), 0.98)
    return float(np.sqrt(share * (1 - share) / count))


def _overlap(one: np.ndarray, other: np.ndarray) -> float:
    either = np.sum(one | other)
    return float(np.sum(one & other) / either) if either else 0.0


def _learn_number(name: str, numbers: np.ndarray, weeks: list[Week], listed: int | None) -> dict:
    values = [week.numbers(name) for week in weeks]
    full = np.array([len(one) > 0 for one in values])
    values = [one for one in values if len(one)]
    levels = np.array([[np.median(one)] for one in values])
    (level,), length = fit_seasons(numbers[full], levels, listed)
    return {
        "season": length,
        "level": level,
        "spread": float(np.median([spread_of(one) for one in values])),
        "size": float(np.median([np.median(np.abs(one)) for one in values])),
        "count": float(np.median([len(one) for one in values])),
    }


def _learn_category(name: str, numbers: np.ndarray, weeks: list[Week], listed: int | None) -> dict:
    counts = [week.counts(name) for week in weeks]
    full = np.array([bool(one) for one in counts])
    counts = [one for one in counts if one]
    total = sum(counts, Counter())
    everything = sum(total.values())
    values = sorted(total, key=lambda value: (-total[value], value))[:50]
    shares = np.array([[one[value] / sum(one.values()) for value in values] for one in counts])
    frequent = [place for place, value in enumerate(values) if total[value] >= FREQUENT * everything] or [0]
    baselines, length = fit_seasons(numbers[full], shares[:, frequent], listed)
    return {
        "season": length,
        "frequent": {values[place]: one for place, one in zip(frequent, baselines)},
        "shares": {value: total[value] / everything for value in values},
        "count": float(np.median([sum(one.values()) for one in counts])),
    }


def _rate(numbers: np.ndarray, rates: list[float], weeks: list[Week]) -> dict:
    """Rates have no listed season, and no search for one either: a mean of the reference, and a wobble."""
    count = float(np.median([week.requests for week in weeks]))
    wobble = float(np.std(rates, ddof=1))
    mean = float(np.mean(rates))
    return {
        "level": {"length": None, "harmonics": 0, "weights": [mean], "wobble": wobble, "weeks": len(numbers)},
        "count": count,
    }
