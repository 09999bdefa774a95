"""Find out what the deployed path does otherwise than the right one.

Its source is not read. It is run, on one row alone and in company, and each feature is compared with the right one. So
whatever looks wrong in the source and changes nothing is not found, and a fault counts whatever it is written like.
"""

import importlib.util
import itertools
import math
import sys
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from batch import load_rows
from features import vectors
from forms import ABSENT, Forms, base_parcels, load_requests, write_number
from scorer import CATEGORIES, NUMBERS, load_model

APART = 1e-6
MISSING = [ABSENT, None, ""]


class Deployed:
    """The deployed path of a delivery, seen from outside: which feature it makes of which value."""

    def __init__(self, data):
        self.model_path = data / "model.json"
        self.model = load_model(self.model_path)
        self.requests = load_requests(data)
        self.parcels = {row["parcel_id"]: row for row in load_rows(data / "parcels.csv")}
        self.forms = Forms(self.requests, self.parcels)
        self.path = _module(data / "deployed" / "online.py")
        self.company = [_plain(row) for row in self.parcels.values()]
        self.base = _plain(base_parcels(self.parcels, self.model)[0])
        self.order = self._order()

    def _order(self):
        """Return the names of the features in the order in which they are handed over."""
        places = {}
        for name in self.model["features"]:
            rows = [self._row(name, value) for value in self._telling(name)]
            columns = list(zip(*self.path.vectors(rows, self.model)))
            moved = [place for place, column in enumerate(columns) if len(set(column)) > 1]
            places[name] = moved[0] if len(moved) == 1 else self.model["features"].index(name)
        return sorted(places, key=places.get)

    def _telling(self, name):
        """Return plain values of which a path that reads the field at all makes more than one feature."""
        if name == "weekday":
            return calm_moments(self.model)
        if name == "depot":
            return list(self.model["depots"]["rates"])
        if name in CATEGORIES:
            return self.model["categories"][name]["names"]
        return numbers_of(self, name)

    def _row(self, name, value):
        row = {**self.base, "booked_at" if name == "weekday" else name: value}
        return {field: value for field, value in row.items() if value is not ABSENT}

    def made(self, name, value, company=()):
        """Return what the deployed path makes of a value that stands in a row of which the rest is plain."""
        vector = self.path.vectors([*company, self._row(name, value)], self.model)[-1]
        return vector[self.order.index(name)]

    def right(self, name, value):
        return vectors([self._row(name, value)], self.model)[0][self.model["features"].index(name)]


def _module(path):
    sys.dont_write_bytecode = True  # the delivery is evidence: nothing is added to it
    spec = importlib.util.spec_from_file_location("deployed", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _plain(cells):
    """Return the row of a request in which numbers are numbers and what is missing is null."""
    row = {name: cell if cell != "" else None for name, cell in cells.items()}
    return {**row, **{name: float(cells[name]) for name in NUMBERS if cells[name] != ""}}


def numbers_of(deployed, name):
    """Return the numbers of the export, and some beyond the model's bounds."""
    spec = deployed.model["numbers"][name]
    cells = {float(row[name]) for row in deployed.parcels.values() if row[name] != ""}
    return sorted(cells | {spec["low"] / 10, spec["high"] * 10})


def calm_moments(model):
    """Return an instant for each day of the week that is on the same day in UTC and in the model's zone."""
    hours = [datetime(2026, 1, 5, tzinfo=UTC) + timedelta(hours=hour) for hour in range(7 * 24)]
    zone = ZoneInfo(model["zone"])
    calm = {hour.weekday(): hour for hour in hours if hour.astimezone(zone).weekday() == hour.weekday()}
    return [_stamp(calm[day]) for day in range(7)]


def restless_moments(deployed):
    """Return every second hour of a week in winter and in summer, and every booking of the export, in each offset."""
    starts = [datetime(2026, month, 5, 0, 20, tzinfo=UTC) for month in (1, 7)]
    stamps = [_stamp(start + timedelta(hours=hour)) for start in starts for hour in range(0, 7 * 24, 2)]
    stamps += [row["booked_at"] for row in deployed.parcels.values()]
    return dict.fromkeys(way for stamp in stamps for way in deployed.forms.ways("booked_at", stamp))


def _stamp(moment):
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def apart(one, other):
    return not abs(one - other) <= APART


def differ(values):
    return apart(min(values), max(values))


def diagnose(deployed):
    """Return, for each cause that is at work, where it is and what it does there."""
    found = {}
    if deployed.order != deployed.model["features"]:
        found["feature_order"] = deployed.order
    for name in NUMBERS:
        _number_steps(deployed, name, found)
        _gaps(deployed, name, found)
    for name in CATEGORIES:
        _codes(deployed, name, found)
    for name in NUMBERS + CATEGORIES:
        _forms(deployed, name, found)
    _depots(deployed, found)
    _weekdays(deployed, found)
    return found


def _note(found, cause, name, what):
    found.setdefault(cause, {})[name] = what


def _number_steps(deployed, name, found):
    """Try which of the wrong steps reproduce the feature of every number; the fewest that do are at work."""
    spec = deployed.model["numbers"][name]
    made = {number: deployed.made(name, number) for number in numbers_of(deployed, name)}
    trials = []
    for digits, logs in itertools.product((None, 5, 4, 3, 2, 1, 0), (spec["log"], spec["log"] + 1)):
        ends = [_without_logs(feature, logs) for feature in (min(made.values()), max(made.values()))]
        low, high = (own if not apart(end, own) else end for end, own in zip(ends, (spec["low"], spec["high"])))
        error = max(abs(_steps(number, digits, low, high, logs) - feature) for number, feature in made.items())
        trials.append((error, digits, low, high, logs))
    exact = [trial for trial in trials if trial[0] <= APART]
    _, digits, low, high, logs = exact[0] if exact else min(trials, key=lambda trial: trial[0])
    if digits is not None:
        _note(found, "rounding", name, digits)
    if (low, high) != (spec["low"], spec["high"]):
        _note(found, "clip_bounds", name, (low, high))
    if logs > spec["log"]:
        _note(found, "log_twice", name, logs - spec["log"])
    filled = deployed.made(name, None)
    if any(apart(deployed.made(name, gap), _steps(spec["fill"], digits, low, high, logs)) for gap in MISSING):
        _note(found, "default_fill", name, _without_logs(filled, logs))


def _steps(number, digits, low, high, logs):
    number = number if digits is None else round(number, digits)
    number = min(max(number, low), high)
    for _ in range(logs):
        number = math.log1p(number)
    return number


def _without_logs(feature, logs):
    for _ in range(logs):
        feature = math.expm1(feature)
    return feature


def _gaps(deployed, name, found):
    """Nothing but the company may change, and it must not matter."""
    companies = [[], deployed.company[:3], deployed.company]
    if any(differ([deployed.made(name, gap, company) for company in companies]) for gap in MISSING):
        _note(found, "request_mean", name, True)


def _codes(deployed, name, found):
    """A code that changes with the company is made from the request; one that is always the same wrong one is stale."""
    unknown = {row[name] for row in deployed.parcels.values()} - set(deployed.model["categories"][name]["names"])
    values = [*deployed.model["categories"][name]["names"], *sorted(unknown), None]
    companies = [[], deployed.company[:3], deployed.company]
    codes = {value: [deployed.made(name, value, company) for company in companies] for value in values}
    if any(differ(of_value) for of_value in codes.values()):
        _note(found, "codes_refit", name, True)
        return
    stale = {value: code for value, (code, *_) in codes.items() if apart(code, deployed.right(name, value))}
    if stale:
        _note(found, "stale_lookup", name, stale)


def _forms(deployed, name, found):
    """A value must give the same whichever way it is written; in company, since alone all codes may be the same."""
    company = deployed.company
    cells = sorted({row[name] for row in deployed.parcels.values()} - {""})
    forms = deployed.forms.number[name] if name in NUMBERS else deployed.forms.category[name]
    unread = []
    for form in forms:
        for cell in cells[:: max(1, len(cells) // 12)]:
            written = write_number(cell, form) if name in NUMBERS else form(cell)
            if apart(deployed.made(name, written, company), deployed.made(name, _plain_value(name, cell), company)):
                unread.append(form)
                break
    if unread:
        _note(found, "unread_form", name, unread)


def _plain_value(name, cell):
    return float(cell) if name in NUMBERS else cell


def _depots(deployed, found):
    depots = [*deployed.model["depots"]["rates"], *{row["depot"] for row in deployed.parcels.values()}, None]
    made = {depot: deployed.made("depot", depot) for depot in depots}
    stale = {depot: rate for depot, rate in made.items() if apart(rate, deployed.right("depot", depot))}
    if stale:
        _note(found, "stale_lookup", "depot", stale)


def _weekdays(deployed, found):
    """The lookup is seen where all clocks show the same day, and the zone where they do not."""
    days = {deployed.right("weekday", stamp): deployed.made("weekday", stamp) for stamp in calm_moments(deployed.model)}
    stale = {rate: made for rate, made in days.items() if apart(rate, made)}
    if stale:
        _note(found, "stale_lookup", "weekday", stale)
    stamps = restless_moments(deployed)
    if any(apart(deployed.made("weekday", stamp), days[deployed.right("weekday", stamp)]) for stamp in stamps):
        _note(found, "weekday_zone", "weekday", True)
