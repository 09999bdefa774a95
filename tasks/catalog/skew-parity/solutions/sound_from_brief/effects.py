"""Measure every cause alone: put one wrong step into the right path and score the log: python effects.py --data DATA

Prints how many of the logged scores it moves by more than 0.000001, and by how much at most and in the mean.
Last comes the deployed path itself, which has to give the logged scores.
"""

import argparse
import importlib.util
import json
from datetime import UTC, datetime
from pathlib import Path

from batch import load_rows, score_export
from features import vectors
from reading import read_number
from scorer import CATEGORIES, NUMBERS, load_model, score_vector


def feature_order(rows, model):
    ordered = {name: place for place, name in enumerate(model["features"])}
    return rows, lambda vector: [vector[ordered[name]] for name in sorted(ordered)]


def unread_form(rows, model):
    found = []
    for row in rows:
        row = dict(row)
        for name in NUMBERS:
            try:
                float(row.get(name) or 0)
            except ValueError:
                row[name] = None
        for name in CATEGORIES:
            row[name] = row.get(name) if row.get(name) in model["categories"][name]["names"] else None
        found.append(row)
    return found, None


def weekday_zone(rows, model):
    """The deployed path takes the clock of the client for UTC, and the weekday from that."""
    local = [datetime.fromisoformat(row["booked_at"]).replace(tzinfo=UTC) for row in rows]
    place = model["features"].index("weekday")
    days = iter([model["weekdays"][moment.weekday()] for moment in local])
    return rows, lambda vector: [*vector[:place], next(days), *vector[place + 1 :]]


def rounding(rows, model):
    return [{**row, "weight_kg": _rounded(read_number(row.get("weight_kg")))} for row in rows], None


def _rounded(number):
    return None if number is None else round(number, 1)


def request_mean(rows, model):
    known = [number for number in (read_number(row.get("distance_km")) for row in rows) if number is not None]
    mean = sum(known) / len(known) if known else None
    return [row if read_number(row.get("distance_km")) is not None else {**row, "distance_km": mean} for row in rows], None


def scores_with(cause, rows, model):
    changed, moved = cause(rows, model)
    made = vectors(changed, model)
    return [score_vector(moved(vector) if moved else vector, model) for vector in made]


def unread_rows(rows, model, parcels):
    """Count the rows in which a value that the model has a use for is not read as it is written."""
    count = 0
    for row, plain in zip(rows, unread_form(rows, model)[0]):
        cells = parcels[row["parcel_id"]]
        numbers = any(cells[name] != "" and plain.get(name) in (None, "") for name in NUMBERS)
        names = {name: model["categories"][name]["names"] for name in CATEGORIES}
        count += numbers or any(cells[n] in names[n] and not plain[n] for n in names)
    return count


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    data = parser.parse_args().data
    model = load_model(data / "model.json")
    parcels = {row["parcel_id"]: row for row in load_rows(data / "parcels.csv")}
    right = dict(zip(parcels, score_export(list(parcels.values()), model)))
    requests = [json.loads(line) for line in (data / "requests.jsonl").open(encoding="utf-8")]

    def report(name, answers):
        gaps = [
            abs(score - right[row["parcel_id"]])
            for request, scores in zip(requests, answers)
            for row, score in zip(request["rows"], scores)
        ]
        apart = sum(gap > 1e-6 for gap in gaps)
        print(f"{name:16} {apart:4} of {len(gaps)} apart, at most {max(gaps):.6f}, mean {sum(gaps) / len(gaps):.4f}")

    for cause in (feature_order, unread_form, weekday_zone, rounding, request_mean):
        report(cause.__name__, [scores_with(cause, request["rows"], model) for request in requests])
    report("as logged", [request["scores"] for request in requests])
    spec = importlib.util.spec_from_file_location("deployed", data / "deployed" / "online.py")
    deployed = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(deployed)
    report("as deployed", [deployed.score(request["rows"], data / "model.json") for request in requests])
    print("rows unread:", sum(unread_rows(request["rows"], model, parcels) for request in requests))


if __name__ == "__main__":
    main()
