"""Score parcels for the night's route planning: the chance that the first delivery attempt fails.

python batch.py --model MODEL.json --parcels PARCELS.csv --out SCORES.csv

This path is right. It is what the model was trained with, and the planners rely on its numbers.
"""

import argparse
import csv
import json
import math
from datetime import datetime
from zoneinfo import ZoneInfo

SCHEMA = 3
NUMBERS = ["weight_kg", "distance_km", "value_eur", "attempts"]
CATEGORIES = ["dwelling", "service"]


def load_model(path):
    with open(path, encoding="utf-8") as handle:
        model = json.load(handle)
    if model["schema"] != SCHEMA:
        raise ValueError(f"model {path} has schema {model['schema']}, this code reads {SCHEMA}")
    return model


def load_columns(path):
    with open(path, encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle, strict=True))
    return {name: [row[name] for row in rows] for name in rows[0]} if rows else {}


def number_column(cells, spec):
    column = [float(cell) if cell != "" else spec["fill"] for cell in cells]
    column = [min(max(value, spec["low"]), spec["high"]) for value in column]
    if spec["log"]:
        column = [math.log1p(value) for value in column]
    return column


def category_column(cells, spec):
    codes = {name: code for code, name in enumerate(spec["names"])}
    return [codes.get(cell, spec["unseen"]) for cell in cells]


def depot_column(cells, depots):
    return [depots["rates"].get(cell, depots["unseen"]) for cell in cells]


def weekday_column(cells, model):
    zone = ZoneInfo(model["zone"])
    moments = [datetime.fromisoformat(cell).astimezone(zone) for cell in cells]
    return [model["weekdays"][moment.weekday()] for moment in moments]


def feature_columns(columns, model):
    made = {name: number_column(columns[name], model["numbers"][name]) for name in NUMBERS}
    for name in CATEGORIES:
        made[name] = category_column(columns[name], model["categories"][name])
    made["depot"] = depot_column(columns["depot"], model["depots"])
    made["weekday"] = weekday_column(columns["booked_at"], model)
    return [made[name] for name in model["features"]]


def score_columns(features, model):
    logits = [model["intercept"]] * len(features[0])
    for place, column in enumerate(features):
        weight, centre, scale = (model[part][place] for part in ("weights", "centre", "scale"))
        logits = [logit + weight * (value - centre) / scale for logit, value in zip(logits, column)]
    return [1 / (1 + math.exp(-logit)) for logit in logits]


def main():
    parser = argparse.ArgumentParser()
    for name in ("--model", "--parcels", "--out"):
        parser.add_argument(name, required=True)
    arguments = parser.parse_args()
    model = load_model(arguments.model)
    columns = load_columns(arguments.parcels)
    scores = score_columns(feature_columns(columns, model), model) if columns else []
    with open(arguments.out, "w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(["parcel_id", "score"])
        writer.writerows(zip(columns.get("parcel_id", []), scores))


if __name__ == "__main__":
    main()
