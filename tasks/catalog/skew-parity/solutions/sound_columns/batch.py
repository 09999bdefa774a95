"""Score parcels for the night's route planning.

python batch.py --model MODEL.json --parcels PARCELS.csv --out SCORES.csv
"""

import argparse
import csv

import features
import model_file


def main():
    parser = argparse.ArgumentParser()
    for name in ("--model", "--parcels", "--out"):
        parser.add_argument(name, required=True)
    arguments = parser.parse_args()
    model = model_file.load_model(arguments.model)
    with open(arguments.parcels, encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle, strict=True))
    scores = model_file.scores_of(features.vectors(rows, model), model)
    with open(arguments.out, "w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(["parcel_id", "score"])
        for row, score in zip(rows, scores):
            writer.writerow([row["parcel_id"], score])


if __name__ == "__main__":
    main()
