"""Find what is wrong with a deployed request path, feature by feature.

causes.py --data DATA --out CAUSES.json

The deployed module is imported and handed the logged requests; what it hands the model is compared with the
features of the same parcels in the export. A difference is put down to a cause by the rows that have it.
"""

import argparse
import importlib.util
import json
from pathlib import Path

from batch import read_export
from features import vectors
from scoring import load_model

NUMBERS = ("weight_kg", "distance_km", "value_eur", "attempts")
CATEGORIES = ("dwelling", "service")


def load_deployed(path):
    spec = importlib.util.spec_from_file_location("deployed_online", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def is_strange(row, name, known):
    """Whether a value is written in a way of its own although the export knows it."""
    cell = row.get(name)
    if name in CATEGORIES:
        return cell not in (None, "", known[name]) and known[name] != ""
    try:
        return cell not in (None, "") and float(cell) is None
    except ValueError:
        return True


def is_missing(row, name):
    return row.get(name) in (None, "")


def differences(data):
    """Return causes of the order, and per feature the rows that differ: (row, known, found, due)."""
    model = load_model(data / "model.json")
    deployed = load_deployed(data / "deployed" / "online.py")
    export = {row["parcel_id"]: row for row in read_export(data / "parcels.csv")}
    rows, found = [], []
    for line in (data / "requests.jsonl").read_text().splitlines():
        group = json.loads(line)["rows"]
        rows += group
        found += deployed.vectors(group, model)
    known = [export[row["parcel_id"]] for row in rows]
    due = vectors(known, model)
    names, causes = model["features"], set()
    if agreement(found, due, names, sorted(names)) > agreement(found, due, names, names):
        causes.add("feature_order")
        places = [sorted(names).index(name) for name in names]
        found = [[vector[place] for place in places] for vector in found]
    apart = {name: [] for name in names}
    for row, other, was, is_ in zip(rows, known, found, due):
        for name, one, two in zip(names, was, is_):
            if abs(one - two) > 1e-9:
                apart[name].append((row, other, one, two))
    return model, causes, apart


def agreement(found, due, names, order):
    """Return how many values agree if the found ones stand in this order."""
    places = [order.index(name) for name in names]
    return sum(abs(was[place] - x) < 1e-9 for was, is_ in zip(found, due) for place, x in zip(places, is_))


def explain(model, causes, apart):
    strange = {n: [case for case in apart[n] if is_strange(case[0], n, case[1])] for n in (*NUMBERS, *CATEGORIES)}
    plain = {n: [case for case in apart[n] if not is_strange(case[0], n, case[1])] for n in (*NUMBERS, *CATEGORIES)}
    if any(strange.values()):
        causes.add("unread_form")
    if any(is_missing(case[0], "distance_km") for case in plain["distance_km"]):
        causes.add("request_mean")
    if any(not is_missing(case[0], "distance_km") for case in plain["distance_km"]):
        causes.add("clip_bounds")
    for name, cause in (
        ("weight_kg", "rounding"),
        ("value_eur", "log_twice"),
        ("attempts", "default_fill"),
        ("dwelling", "codes_refit"),
    ):
        if plain[name]:
            causes.add(cause)
    if apart["depot"]:
        causes.add("stale_lookup")
    if apart["weekday"]:
        causes.add("weekday_zone")
    return causes


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", required=True, type=Path)
    parser.add_argument("--out", required=True, type=Path)
    arguments = parser.parse_args()
    causes = explain(*differences(arguments.data))
    arguments.out.write_text(json.dumps({"causes": sorted(causes)}) + "\n")


if __name__ == "__main__":
    main()
