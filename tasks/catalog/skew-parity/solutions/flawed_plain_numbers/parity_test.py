"""Exit with 0 if online equals batch: python parity_test.py --data DATA

The batch path scores the export by its command's own functions; online scores what clients sent for the same
parcels: as logged, each row alone, and all rows at once.
"""

import argparse
import json
import sys
from pathlib import Path

import online
from batch import read_export
from features import vectors
from scoring import load_model, probabilities

TOLERANCE = 1e-6


def requests_of(rows, logged):
    """Yield what is sent: (what it is, rows)."""
    for group in logged:
        yield "as logged", group
    for row in rows:
        yield "alone", [row]
    yield "all at once", rows
    yield "backwards", rows[::-1]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", required=True, type=Path)
    data = parser.parse_args().data
    model_path = str(data / "model.json")
    model, export = load_model(model_path), read_export(data / "parcels.csv")
    due = dict(zip([row["parcel_id"] for row in export], probabilities(vectors(export, model), model)))
    logged = [json.loads(line)["rows"] for line in (data / "requests.jsonl").read_text().splitlines()]
    rows = [row for group in logged for row in group]
    bad = 0
    for what, sent in requests_of(rows, logged):
        found = online.score(sent, model_path)
        if len(found) != len(sent):
            sys.exit(f"{what}: {len(found)} scores for {len(sent)} rows")
        for row, score in zip(sent, found):
            gap = abs(score - due[row["parcel_id"]])
            if not gap <= TOLERANCE:
                bad += 1
                if bad <= 5:
                    print(f"{what}: {gap:.2g} apart: {row}")
    if bad:
        sys.exit(f"{bad} scores differ from the batch path")
    print(f"{len(rows)} parcels agree, alone and in company")


if __name__ == "__main__":
    main()
