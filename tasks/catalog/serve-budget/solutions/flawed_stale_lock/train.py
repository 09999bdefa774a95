"""Fits a scorecard: every number is cut into bins, every bin and level gets points.

The service then needs no library at all, so that memory and cold start are those of a bare interpreter.
"""

import argparse
import bisect
import csv
import json
import pathlib

import numpy as np
from scipy import sparse
from sklearn.linear_model import LogisticRegression

BINS = 24
MISSING = "missing"


def read_table(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def to_number(text):
    try:
        return float(text)
    except ValueError:
        return None


def cut_points(values):
    inner = np.linspace(0, 1, BINS + 1)[1:-1]
    return sorted({float(cut) for cut in np.quantile([v for v in values if v is not None], inner)})


def bin_label(value, cuts):
    return MISSING if value is None else str(bisect.bisect_left(cuts, value))


def labels_of(feature, cells):
    """Return the bin of every cell and, for numbers, the cuts."""
    if feature["type"] == "category":
        spelled = [cell.strip().lower() for cell in cells]
        return [cell if cell in feature["levels"] else MISSING for cell in spelled], None
    values = [to_number(cell) for cell in cells]
    cuts = cut_points(values)
    return [bin_label(value, cuts) for value in values], cuts


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=pathlib.Path, required=True)
    parser.add_argument("--model", type=pathlib.Path, required=True)
    args = parser.parse_args()

    schema = json.loads((args.data / "schema.json").read_text())
    table = read_table(args.data / "train.csv")
    target = np.array([int(row[schema["target"]]) for row in table])

    parts, layout = [], []
    for feature in schema["features"]:
        labels, cuts = labels_of(feature, [row[feature["name"]] for row in table])
        known = sorted(set(labels))
        codes = [known.index(label) for label in labels]
        parts.append(sparse.csr_array((np.ones(len(codes)), (range(len(codes)), codes))))
        layout.append((feature, cuts, known))

    model = LogisticRegression(C=0.3, max_iter=1000).fit(sparse.hstack(parts).tocsr(), target)
    points = iter(model.coef_[0].tolist())
    card = [
        feature | {"cuts": cuts, "points": {label: next(points) for label in known}}
        for feature, cuts, known in layout
    ]
    args.model.parent.mkdir(parents=True, exist_ok=True)
    args.model.write_text(json.dumps({"base": float(model.intercept_[0]), "card": card}))


if __name__ == "__main__":
    main()
