"""Exit with 0 if online equals batch: python parity_test.py --data DATA

The rows of the export are sent as requests: as text and as numbers, alone and in batches, missing fields left out,
and stamps at several offsets.
"""

import argparse
import random
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path

import online
from batch import read_export
from features import vectors
from scoring import load_model, probabilities

NUMBERS = ("weight_kg", "distance_km", "value_eur", "attempts")


def as_request(row, number):
    moment = datetime.fromisoformat(row["booked_at"])
    offset = timezone(timedelta(hours=number % 24 - 11))
    sent = dict(row, booked_at=moment.astimezone(offset).isoformat())
    if number % 2:
        sent |= {name: float(row[name]) if row[name] else None for name in NUMBERS}
    if number % 3 == 0:
        sent = {name: cell for name, cell in sent.items() if cell not in ("", None)}
    return sent


def check(rows, due, model_path):
    scores = online.score(rows, model_path)
    assert len(scores) == len(rows), "one score for each row"
    for row, score in zip(rows, scores):
        assert abs(score - due[row["parcel_id"]]) <= 1e-6, row


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", required=True, type=Path)
    data = parser.parse_args().data
    model_path = str(data / "model.json")
    model, export = load_model(model_path), read_export(data / "parcels.csv")
    due = dict(zip([row["parcel_id"] for row in export], probabilities(vectors(export, model), model)))
    rows = [as_request(row, number) for number, row in enumerate(export)]
    try:
        for row in rows:
            check([row], due, model_path)
        random.Random(0).shuffle(rows)
        for start in range(0, len(rows), 16):
            check(rows[start : start + 16], due, model_path)
        check(rows, due, model_path)
    except AssertionError as error:
        sys.exit(f"online differs from batch: {error}")


if __name__ == "__main__":
    main()
