"""Form of the four files that your command wrote; run it first. Passing these is necessary, not sufficient.

DATA_DIR is the folder of the delivery (default: data), OUT_DIR the folder your command wrote into (default: out).
"""

import csv
import json
import math
import os
from collections import Counter
from pathlib import Path

import pytest

DATA = Path(os.environ.get("DATA_DIR", "data"))
OUT = Path(os.environ.get("OUT_DIR", "out"))
FLEETS = {fleet["fleet"]: fleet for fleet in json.loads((DATA / "fleets.json").read_text(encoding="utf-8"))}


def read_rows(path: Path) -> list[dict[str, str]]:
    """Read a CSV file with a header."""
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def written(name: str, columns: list[str]) -> list[dict[str, str]]:
    """Read what the command wrote and insist on its columns."""
    with (OUT / name).open(newline="", encoding="utf-8") as file:
        assert next(csv.reader(file)) == columns
    return read_rows(OUT / name)


def asked(fleet: str, name: str) -> list[str]:
    """Give the readings of a fleet, sorted."""
    return sorted(row["reading_id"] for row in read_rows(DATA / fleet / name))


@pytest.mark.parametrize("fleet", FLEETS)
def test_each_new_reading_has_one_prediction(fleet):
    rows = [row for row in written("predictions.csv", ["fleet", "reading_id", "prediction"]) if row["fleet"] == fleet]
    assert sorted(row["reading_id"] for row in rows) == asked(fleet, "new_readings.csv")
    assert all(math.isfinite(float(row["prediction"])) for row in rows)


@pytest.mark.parametrize("fleet", FLEETS)
def test_each_reading_is_validated_once_in_folds_of_sensible_size(fleet):
    rows = [row for row in written("validation.csv", ["fleet", "reading_id", "fold", "prediction"]) if row["fleet"] == fleet]
    assert sorted(row["reading_id"] for row in rows) == asked(fleet, "readings.csv")
    assert all(math.isfinite(float(row["prediction"])) for row in rows)
    folds = Counter(row["fold"] for row in rows)
    assert len(folds) >= 3
    assert max(folds.values()) <= len(rows) / 2


@pytest.mark.parametrize("fleet", FLEETS)
def test_aliases_are_ids_of_the_register(fleet):
    rows = [row for row in written("aliases.csv", ["fleet", "id", "group"]) if row["fleet"] == fleet]
    known = {row[FLEETS[fleet]["key"]] for row in read_rows(DATA / fleet / "register.csv")}
    ids = [row["id"] for row in rows]
    assert set(ids) <= known
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("fleet", FLEETS)
def test_the_promise_is_an_interval_around_its_error(fleet):
    promise = json.loads((OUT / "estimate.json").read_text(encoding="utf-8"))["fleets"][fleet]
    assert 0 <= promise["low"] <= promise["error"] <= promise["high"]
