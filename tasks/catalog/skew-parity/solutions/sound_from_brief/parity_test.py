"""Say whether online equals batch: python parity_test.py --data DATA

Exits with 0 if `online.score` gives every row the score that the batch path gives its parcel, and with 1 if not. It
sends

* the logged requests as they came, and
* probes: parcels of the export, changed in one value such that every entry of every lookup, both sides of every bound,
  every gap and every turn of a day is met, and written in every form that is fair,

alone and in company, of the model in DATA and of a second one, in turn.
"""

import argparse
import copy
import json
import random
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import online
from batch import load_rows, score_export
from forms import Forms, base_parcels, load_requests
from scorer import CATEGORIES, NUMBERS, load_model

TOLERANCE = 1e-6
TIME_S = 6.5  # of the 10 s that the command has: whoever is slow gets fewer checks, in random order
SIZES = [2, 3, 5, 8, 12, 30, 300]


def probed_values(model, digits):
    """Return the cells to try for every field."""
    probed = {"booked_at": _turns_of_days(model)}
    for name in NUMBERS:
        low, high = model["numbers"][name]["low"], model["numbers"][name]["high"]
        inner = [low + (high - low) * share for share in (0.03, 0.1, 0.21, 0.37, 0.5, 0.73, 0.97)]
        outer = [low * share for share in (0, 0.5, 0.9, 1)] + [high * share for share in (1, 1.02, 1.2, 2, 10)]
        cells = [f"{value:.{places}f}" for value in inner + outer for places in (0, digits[name], digits[name] + 3)]
        probed[name] = ["", *dict.fromkeys(cells)]
    for name in CATEGORIES:
        probed[name] = ["", "no-such-name", *model["categories"][name]["names"]]
    probed["depot"] = ["", "D000", *model["depots"]["rates"]]
    return probed


def _turns_of_days(model):
    zone = ZoneInfo(model["zone"])
    times = [(0, 10), (0, 50), (12, 0), (23, 10), (23, 50)]
    moments = [datetime(2026, month, day, *at, tzinfo=zone) for month in (1, 7) for day in range(5, 12) for at in times]
    return [f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" for moment in moments]


def probes(parcels, model, forms, rng):
    """Yield the cells of a parcel and a row of a request that stands for it."""
    bases = base_parcels(parcels, model)
    for name, cells in probed_values(model, forms.digits).items():
        for place, cell in enumerate(cells):
            for way in forms.ways(name, cell):
                changed = {**bases[place % len(bases)], name: cell}
                yield changed, forms.write(changed, rng, **{name: way})
    for row in parcels.values():
        yield row, forms.write(row, rng)


def other_model(model):
    """Return a model of which nothing is like in the one given but the names."""
    other = copy.deepcopy(model)
    for part in ("features", "weights", "centre", "scale"):
        other[part] = other[part][3:] + other[part][:3]
    for spec in other["numbers"].values():
        spec["high"] *= 0.9
        spec["low"] += 0.05 * (spec["high"] - spec["low"])
        spec["fill"] = spec["fill"] * 0.8 + 0.1
        spec["log"] = not spec["log"] and spec["low"] > -1
    for name in NUMBERS:  # a feature that changes its kind keeps about its size
        spec, index = other["numbers"][name], other["features"].index(name)
        other["centre"][index] = spec["fill"] if not spec["log"] else 1.0
        other["scale"][index] = (spec["high"] - spec["low"]) / 4 if not spec["log"] else 1.0
    for spec in other["categories"].values():
        spec["names"] = spec["names"][1:] + spec["names"][:1]
        spec["unseen"] = len(spec["names"]) if spec["unseen"] < 0 else -1
    depots = other["depots"]["rates"]
    other["depots"]["unseen"] *= 0.9
    other["depots"]["rates"] = dict(zip(depots, [*depots.values()][1:] + [*depots.values()][:1]))
    other["weekdays"] = other["weekdays"][2:] + other["weekdays"][:2]
    other["zone"] = "America/New_York" if model["zone"] != "America/New_York" else "Asia/Tokyo"
    return other


def requests_of(pairs, sizes, rng):
    """Yield every pair alone, with itself, and in company of each of the sizes."""
    for pair in pairs:
        yield [pair]
    for pair in rng.sample(pairs, min(50, len(pairs))):
        yield [pair, pair]
    for size in sizes:
        shuffled = rng.sample(pairs, len(pairs))
        yield from (shuffled[start : start + size] for start in range(0, len(shuffled), size))


def planned(data, folder):
    """Return the checks: the path of a model, the rows of a request, and the scores to be answered."""
    rng = random.Random(0)
    parcels = {row["parcel_id"]: row for row in load_rows(data / "parcels.csv")}
    requests = load_requests(data)
    forms = Forms(requests, parcels)
    other_path = folder / "other.json"
    other_path.write_text(json.dumps(other_model(load_model(data / "model.json"))), encoding="utf-8")

    first, others = [], []
    for path in (data / "model.json", other_path):
        model = load_model(path)
        scores = dict(zip(parcels, score_export(list(parcels.values()), model)))
        logged = [[(row, scores[row["parcel_id"]]) for row in request["rows"]] for request in requests]
        tried = list(probes(parcels, model, forms, rng))
        pairs = list(zip([row for _, row in tried], score_export([cells for cells, _ in tried], model)))
        made = logged + [pairs, [pair for request in logged for pair in request]]
        first += [(path, request) for request in made]
        others += [(path, request) for request in requests_of(pairs, SIZES, rng)]
        others += [(path, [pair]) for request in logged for pair in request]
    rng.shuffle(first)
    rng.shuffle(others)
    return first + others


def fault(path, pairs):
    """Return what is wrong with the answer to one request, or None."""
    rows = [copy.deepcopy(row) for row, _ in pairs]
    try:
        scores = list(online.score(rows, str(path)))
    except Exception as error:  # whatever it is, it is no score
        return f"{error!r} for {len(pairs)} rows, the first is {pairs[0][0]}"
    if len(scores) != len(pairs):
        return f"{len(scores)} scores for {len(pairs)} rows"
    for place, (score, (row, expected)) in enumerate(zip(scores, pairs)):
        if not abs(score - expected) <= TOLERANCE:  # not a number is no equality
            return f"{score} online, {expected} in the batch, row {place} of {len(pairs)}, {path.name}: {row}"
    return None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    data = parser.parse_args().data
    end = time.monotonic() + TIME_S
    with tempfile.TemporaryDirectory() as folder:
        checks = planned(data, Path(folder))
        for done, (path, pairs) in enumerate(checks):
            if time.monotonic() > end:
                print(f"out of time: {done} of {len(checks)} requests were checked")
                break
            found = fault(path, pairs)
            if found:
                print(f"online differs from batch after {done} right requests: {found}")
                sys.exit(1)
    print(f"online equals batch in {done + 1} requests")


if __name__ == "__main__":
    main()
