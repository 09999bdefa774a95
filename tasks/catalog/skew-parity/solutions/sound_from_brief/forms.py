"""What is fair to send: the forms of a delivery's log, and parcels to send in them.

The tests and the diagnosis make their rows with this. Scoring does not use it.
"""

import json
from datetime import datetime, timedelta, timezone

from batch import score_export
from scorer import CATEGORIES, NUMBERS

BASES = 3
ABSENT = object()
OFFSETS = [timedelta(0), timedelta(hours=5, minutes=30), timedelta(hours=1), timedelta(hours=-8)]
SPELLINGS = [str.upper, str.lower, str.title, lambda text: f" {text}", lambda text: f"{text} "]
PLAIN = ("", ".", "")


def load_requests(data):
    with (data / "requests.jsonl").open(encoding="utf-8") as handle:
        return [json.loads(line) for line in handle]


class Forms:
    """The forms that are fair: the plain ones, and those in which the log has values of the export."""

    def __init__(self, requests, parcels):
        self.digits = {name: max(_digits(row[name]) for row in parcels.values()) for name in NUMBERS}
        self.number = {name: [PLAIN] for name in NUMBERS}
        self.category = {name: [] for name in CATEGORIES}
        self.offsets = list(OFFSETS)
        for row in (row for request in requests for row in request["rows"]):
            cells = parcels[row["parcel_id"]]
            for name in NUMBERS:
                if "." in cells[name] or not self.digits[name]:  # a whole number does not tell the decimal point
                    _add(self.number[name], _number_form(row.get(name), cells[name]))
            for name in CATEGORIES:
                _add(self.category[name], _spelling(row.get(name), cells[name]))
            _add(self.offsets, datetime.fromisoformat(row["booked_at"]).utcoffset())

    def form_of(self, name, value, cell):
        """Return the form, other than the plain one, in which a value stands for a cell, or None."""
        if name in CATEGORIES:
            return _spelling(value, cell)
        odd = isinstance(value, str) and value != cell
        return next((form for form in self.number[name] if odd and write_number(cell, form) == value), None)

    def ways(self, name, cell):
        """Return every fair way to write a cell of the export."""
        if cell == "":
            return [ABSENT, None, ""]
        if name in NUMBERS:
            forms = self.number[name] if _digits(cell) <= self.digits[name] else [PLAIN]
            written = dict.fromkeys(write_number(cell, form) for form in forms)
            return [float(cell), *([int(cell)] if cell.isdigit() else []), *written]
        if name in CATEGORIES:
            return [cell, *(spelling(cell) for spelling in self.category[name])]
        if name == "booked_at":
            moment = datetime.fromisoformat(cell)
            return [cell, *(moment.astimezone(timezone(offset)).isoformat() for offset in self.offsets)]
        return [cell]

    def write(self, cells, rng, **given):
        """Return the row of a request that stands for the cells, in forms by chance but for those given."""
        row = {name: given.get(name, rng.choice(self.ways(name, cell))) for name, cell in cells.items()}
        return {name: value for name, value in row.items() if value is not ABSENT}


def write_number(cell, form):
    before, point, after = form
    return before + cell.replace(".", point) + after


def _digits(cell):
    return len(cell.partition(".")[2])


def _number_form(value, cell):
    """Return what stands before the number, its decimal point, and what stands after it; None if that is not all."""
    if isinstance(value, str) and cell:
        for point in ".,":
            before, found, after = value.partition(cell.replace(".", point))
            if found:
                return before, point, after
    return None


def _spelling(value, cell):
    if not isinstance(value, str) or not cell or value == cell:
        return None
    return next((spelling for spelling in SPELLINGS if spelling(cell) == value), None)


def _add(found, one):
    if one is not None and one not in found:
        found.append(one)


def base_parcels(parcels, model):
    """The parcels that lack nothing and whose score moves most when a feature does."""
    known = [
        row
        for row in parcels.values()
        if all(row[name] != "" for name in NUMBERS)
        and all(row[name] in model["categories"][name]["names"] for name in CATEGORIES)
        and row["depot"] in model["depots"]["rates"]
    ]
    known = known or list(parcels.values())
    scores = dict(zip([row["parcel_id"] for row in known], score_export(known, model)))
    return sorted(known, key=lambda row: abs(scores[row["parcel_id"]] - 0.5))[:BASES]
