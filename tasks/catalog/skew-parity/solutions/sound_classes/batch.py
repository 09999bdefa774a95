"""python batch.py --model MODEL.json --parcels PARCELS.csv --out SCORES.csv"""

import argparse
import csv

from features import vectors
from predictor import Predictor


def score_export(model_path, parcels_path):
    """Return the ids and scores of an export."""
    predictor = Predictor(model_path)
    with open(parcels_path, encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle, strict=True))
    return [row["parcel_id"] for row in rows], predictor.scores(vectors(rows, predictor.model))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    for name in ("--model", "--parcels", "--out"):
        parser.add_argument(name, required=True)
    arguments = parser.parse_args()
    ids, scores = score_export(arguments.model, arguments.parcels)
    with open(arguments.out, "w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(["parcel_id", "score"])
        writer.writerows(zip(ids, scores))
