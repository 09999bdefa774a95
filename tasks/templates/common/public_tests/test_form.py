"""The form of out/forecast.csv. Run your work first; passing this is necessary, not sufficient.

DATA_DIR is the folder of your data (default: data), OUT_DIR the folder that was written (default: out).
"""

import csv
import math
import os
from pathlib import Path

DATA = Path(os.environ.get("DATA_DIR", "data"))
OUT = Path(os.environ.get("OUT_DIR", "out"))


def read_rows(path: Path) -> list[dict[str, str]]:
    """Read a CSV file with a header line."""
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_one_forecast_for_each_shop():
    rows = read_rows(OUT / "forecast.csv")
    assert list(rows[0]) == ["shop", "per_day"]
    asked = {row["shop"] for row in read_rows(DATA / "counts.csv")}
    assert sorted(row["shop"] for row in rows) == sorted(asked)


def test_forecasts_are_numbers_from_0():
    values = [float(row["per_day"]) for row in read_rows(OUT / "forecast.csv")]
    assert all(math.isfinite(value) and value >= 0 for value in values)
