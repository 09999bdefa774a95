"""Score parcels for the night's route planning: the chance that the first delivery attempt fails.

python batch.py --model MODEL.json --parcels PARCELS.csv --out SCORES.csv

This path is right. It is what the model was trained with, and the planners rely on its numbers.
"""

import argparse
import csv

from features import vectors
from scorer import CATEGORIES, NUMBERS, load_model, score_vector


def load_rows(path):
    with open(path, encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle, strict=True))


def as_it_stands(row, model):
    """The row, such that `vectors` takes the export literally, as this path always did.

    `vectors` also reads the forms in which clients write. In the export such a form is no habit but an error:
    a column that lacks or a number that is none ends the run, and a category in another spelling is unknown.
    """
    for name in NUMBERS:
        if row[name] != "":
            float(row[name])
    known = {name: _literal(row[name], model["categories"][name]["names"]) for name in CATEGORIES}
    return {**row, **known, "depot": _literal(row["depot"], model["depots"]["rates"])}


def _literal(cell, names):
    return cell if cell == "" or cell in names else f"unknown: {cell}"


def score_export(rows, model):
    literal = [as_it_stands(row, model) for row in rows]
    return [score_vector(vector, model) for vector in vectors(literal, model)]


def main():
    parser = argparse.ArgumentParser()
    for name in ("--model", "--parcels", "--out"):
        parser.add_argument(name, required=True)
    arguments = parser.parse_args()
    model = load_model(arguments.model)
    rows = load_rows(arguments.parcels)
    scores = score_export(rows, model)
    with open(arguments.out, "w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(["parcel_id", "score"])
        writer.writerows((row["parcel_id"], score) for row, score in zip(rows, scores) if "parcel_id" in row)


if __name__ == "__main__":
    main()
