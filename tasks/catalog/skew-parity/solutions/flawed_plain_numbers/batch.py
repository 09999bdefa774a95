"""Score the nightly export: python batch.py --model MODEL.json --parcels PARCELS.csv --out SCORES.csv"""

import argparse
import csv

from features import vectors
from scoring import load_model, probabilities


def read_export(path):
    with open(path, encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle, strict=True))


def main():
    parser = argparse.ArgumentParser()
    for name in ("--model", "--parcels", "--out"):
        parser.add_argument(name, required=True)
    arguments = parser.parse_args()
    model, rows = load_model(arguments.model), read_export(arguments.parcels)
    scores = probabilities(vectors(rows, model), model)
    with open(arguments.out, "w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(["parcel_id", "score"])
        writer.writerows(zip([row["parcel_id"] for row in rows], scores))


if __name__ == "__main__":
    main()
