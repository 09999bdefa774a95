"""python parity_test.py --data DATA: the export's parcels, dressed as clients would send them.

The log is not needed: the parcels of the export are written in the forms that the log has shown us, then sent
alone and in requests of mixed forms.
"""

import argparse
import csv
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path

from batch import score_export
from online import score

NUMBERS = ("weight_kg", "distance_km", "value_eur", "attempts")
UNITS = {"weight_kg": "kg", "distance_km": "km", "value_eur": "EUR"}


def as_json(row):
    made = {name: float(row[name]) if row[name] else None for name in NUMBERS}
    return {name: cell or None for name, cell in row.items()} | made


def as_text(row):
    return dict(row)


def with_commas(row):
    return {name: cell.replace(".", ",") if name in NUMBERS else cell for name, cell in row.items()}


def with_units(row):
    return row | {name: f"{row[name]} {unit}" for name, unit in UNITS.items() if row[name]}


def in_capitals(row):
    return row | {name: row[name].upper() for name in ("dwelling", "service")}


def without_gaps(row):
    return {name: cell for name, cell in row.items() if cell}


def elsewhere(row, hours):
    moment = datetime.fromisoformat(row["booked_at"]).astimezone(timezone(timedelta(hours=hours)))
    return row | {"booked_at": moment.isoformat()}


DRESSES = (as_json, as_text, with_commas, with_units, in_capitals, without_gaps)


def requests_from(rows):
    """Yield requests: some rows alone in one dress, then all rows in groups, in all dresses and offsets."""
    for place, row in enumerate(rows[:120]):
        yield [DRESSES[place % len(DRESSES)](row)]
    for size in (3, 7, 50):
        for start in range(0, len(rows), size):
            group = rows[start : start + size]
            yield [DRESSES[(start + at) % len(DRESSES)](elsewhere(row, at % 12 - 6)) for at, row in enumerate(group)]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", required=True, type=Path)
    data = parser.parse_args().data
    model_path = str(data / "model.json")
    due = dict(zip(*score_export(model_path, data / "parcels.csv")))
    with (data / "parcels.csv").open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    gaps = []
    for sent in requests_from(rows):
        found = score(sent, model_path)
        gaps += [(abs(one - due[row["parcel_id"]]), row) for one, row in zip(found, sent, strict=True)]
    worst, row = max(gaps, key=lambda gap: gap[0])
    print(f"{len(gaps)} scores, worst gap {worst:.2g}")
    if not worst <= 1e-6:
        print("for", row)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
