"""Form of the three files that your notebook wrote; run it first.

DATA_DIR is the folder of your package, OUT_DIR the folder your notebook wrote into.
"""

import csv
import json
import math
import os
from pathlib import Path

import pytest

DATA = Path(os.environ.get("DATA_DIR", "data"))
OUT = Path(os.environ.get("OUT_DIR", "out"))


def read_rows(path: Path) -> list[dict[str, str]]:
    """Read a CSV file with a header."""
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def read_json(name: str) -> dict:
    """Read one of the JSON files of the run."""
    return json.loads((OUT / name).read_text(encoding="utf-8"))


def test_predictions_have_one_row_per_customer():
    rows = read_rows(OUT / "predictions.csv")
    assert list(rows[0]) == ["customer_id", "probability"]
    asked = sorted(row["customer_id"] for row in read_rows(DATA / "score.csv"))
    assert sorted(row["customer_id"] for row in rows) == asked


def test_probabilities_lie_between_0_and_1():
    values = [float(row["probability"]) for row in read_rows(OUT / "predictions.csv")]
    assert all(0 <= value <= 1 for value in values)


def test_every_column_is_used_or_rejected_with_a_reason():
    features = read_json("features.json")
    entries = features["used"] + features["rejected"]
    columns = sorted(row["column"] for row in read_rows(DATA / "columns.csv"))
    assert sorted(entry["column"] for entry in entries) == columns
    assert all(entry["reason"].strip() for entry in entries)


@pytest.mark.parametrize("table", ["labels", "score"])
def test_event_rows_left_out_is_a_whole_number(table):
    assert type(read_json("features.json")["event_rows_left_out"][table]) is int


def test_estimate_is_an_interval_around_its_point():
    estimate = read_json("estimate.json")
    assert all(math.isfinite(estimate[key]) for key in ("auc", "low", "high"))
    assert 0 <= estimate["low"] <= estimate["auc"] <= estimate["high"] <= 1
