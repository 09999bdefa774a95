"""The kinds of drift: how far a week is from what is usual, in units of what is material.

Every measure is a `Reading`: `size` is 1 for a drift that is just material, `noise` is the standard deviation of
`size` in quiet weeks. What becomes an alert is decided in one place, in `Watch`, from the readings of a subject.
"""

import math
from dataclasses import dataclass

import numpy as np

from baseline import expected, noise
from usual import share_error, spread_of
from weeks import Week, week_number

MEDIAN_ERROR = 1.253  # of a normal sample, in spreads
FEWEST = 8  # values (or requests) below which a week says nothing

LOST_JOIN = 0.5
MISSING = 0.15
UNIT_FACTOR = 20.0
SPREADS, WOBBLES = 0.8, 5.0
COLLAPSE_SHARE, COLLAPSE = 0.2, 0.75
LABEL = 0.15

LEAST = 0.45  # of either week, if two together raise an alert


@dataclass
class Reading:
    kind: str
    size: float  # with a sign where both directions are drift
    noise: float
    expected: float
    observed: float
    detail: str = ""


@dataclass
class Watch:
    """Decides from week to week whether a subject has an alert of a kind.

    One week raises it if it is well on the way to material and outside of what chance does, or if it and the week before
    are so in the mean. An alert that stands needs less to stay, as a drift has to be named in each of its weeks.
    """

    start: float = 0.75
    pair: float = 0.62
    stay: float = 0.5
    sigmas: float = 3.0
    standing: bool = False
    before: Reading | None = None

    def sees(self, reading: Reading | None) -> bool:
        if reading is None:
            self.standing, self.before = False, None
            return False
        size = reading.size
        alert = abs(size) >= max(self.start, self.sigmas * reading.noise)
        if self.before is not None and self.before.detail == reading.detail:
            mean = abs(size + self.before.size) / 2
            mean_noise = math.hypot(reading.noise, self.before.noise) / 2
            # Two weeks, not one of them: after the end of a drift its last week must not speak for a quiet one.
            least = min(abs(size), abs(self.before.size))
            alert |= mean >= max(self.pair, self.sigmas * mean_noise) and least >= LEAST
            alert |= self.standing and abs(size) >= self.stay and size * self.before.size > 0
        self.standing, self.before = alert, reading
        return alert


def watch_for(kind: str) -> Watch:
    if kind == "lost_join":  # below half of the requests it is the features that lack values
        return Watch(start=0.86, pair=0.9, stay=0.8)
    if kind == "unit_change":
        return Watch(start=0.75, pair=0.75, stay=0.75)
    return Watch()


def missing_reading(week: Week, name: str, usual: dict) -> Reading | None:
    if week.requests < FEWEST:
        return None
    observed = week.missing(name)
    mean, error = _rate(usual["missing"], week.requests)
    return Reading("missing_rate", max(observed - mean, 0.0) / MISSING, error / MISSING, mean, observed)


def label_reading(week: Week, usual: dict) -> Reading | None:
    if week.requests < FEWEST:
        return None
    mean, error = _rate(usual, week.requests)
    return Reading("label_drift", (week.ones() - mean) / LABEL, error / LABEL, mean, week.ones())


def join_reading(week: Week, members: list[str], lost: float) -> Reading | None:
    if week.requests < FEWEST:
        return None
    observed = week.missing(*members)
    error = share_error(lost, week.requests)
    return Reading("lost_join", observed / LOST_JOIN, error / LOST_JOIN, lost, observed)


def unit_reading(week: Week, name: str, usual: dict) -> Reading | None:
    """All values times a factor: the spread and the size of the values change by it, both; a moved level keeps the spread."""
    values = week.numbers(name)
    if len(values) < FEWEST or not usual["size"]:
        return None
    ratios = [float(np.median(np.abs(values))) / usual["size"]]
    if usual["spread"]:
        ratios.append(spread_of(values) / usual["spread"])
    logs = [math.log(max(ratio, 1e-9)) for ratio in ratios]
    agreed = min(logs, key=abs) if min(logs) * max(logs) > 0 else 0.0
    error = 2.0 / math.sqrt(len(values)) / math.log(UNIT_FACTOR)
    level = expected(usual["level"], week_number(week.monday))
    return Reading(
        "unit_change", agreed / math.log(UNIT_FACTOR), error, level, float(np.median(values)), f"{math.copysign(1, agreed):.0f}"
    )


def level_reading(week: Week, name: str, usual: dict) -> Reading | None:
    values = week.numbers(name)
    material = max(SPREADS * usual["spread"], WOBBLES * usual["level"]["wobble"])
    if len(values) < FEWEST or not material:
        return None
    level, observed = expected(usual["level"], week_number(week.monday)), float(np.median(values))
    then = min(MEDIAN_ERROR * usual["spread"] / math.sqrt(usual["count"]), usual["level"]["wobble"])
    error = noise(usual["level"], then * math.sqrt(usual["count"] / len(values)), then)
    return Reading("level_shift", (observed - level) / material, error / material, level, observed)


def collapse_reading(week: Week, name: str, usual: dict) -> Reading | None:
    """Return the reading of the value that lost the largest part of its share to another one."""
    counts = week.counts(name)
    total = sum(counts.values())
    if total < FEWEST:
        return None
    number = week_number(week.monday)
    usually = usual["shares"] | {value: expected(one, number) for value, one in usual["frequent"].items()}
    gained = max(counts[value] / total - usually.get(value, 0.0) for value in counts)
    readings = []
    for value, baseline in usual["frequent"].items():
        share, observed = usually[value], counts[value] / total
        if max(share, usual["shares"][value]) < COLLAPSE_SHARE - share_error(COLLAPSE_SHARE, usual["count"]) / 2 or share < 0.05:
            continue
        lost = share - observed
        if lost <= 0 or gained < lost / 2:  # it went to no value in particular
            continue
        error = noise(baseline, share_error(share, total), share_error(share, usual["count"]))
        material = COLLAPSE * share
        readings.append(Reading("category_collapse", lost / material, error / material, share, observed, value))
    return max(readings, key=lambda one: (one.size, one.detail), default=None)


def _rate(usual: dict, requests: int) -> tuple[float, float]:
    mean = usual["level"]["weights"][0]
    return mean, noise(usual["level"], share_error(mean, requests), share_error(mean, usual["count"]))
