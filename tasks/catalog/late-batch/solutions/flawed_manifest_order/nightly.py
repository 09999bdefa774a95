"""Nightly wear scores: each night is one file in the state, written whole or not at all.

python nightly.py run --night DATE --reference REF --drop DROP --state STATE --out OUT
python nightly.py asof --night DATE --state STATE --out OUT
"""

import argparse
import csv
import json
import os
from datetime import date, timedelta
from pathlib import Path

from partitions import hold, take_in
from scores import Reference, overdue, table_of


def read_nights(state: Path, until: str) -> list[dict]:
    """Return the closed nights up to a date, in order."""
    names = sorted(path.name for path in state.glob("????-??-??.json"))
    return [json.loads((state / n).read_text(encoding="utf-8")) for n in names if n <= f"{until}.json"]


def published_last(nights: list[dict]) -> dict[str, list]:
    """Return each day's table as published last."""
    tables: dict[str, list] = {}
    for night in nights:
        tables |= night["tables"]
    return tables


def close_night(options: argparse.Namespace) -> dict:
    """Work out a night and write it down; the rename is what closes it."""
    night = options.night
    yesterday = (date.fromisoformat(night) - timedelta(days=1)).isoformat()
    earlier = read_nights(options.state, yesterday)
    reference = Reference.read(options.reference)
    taken, rejected, lines = take_in(options.drop)
    deliveries = [one for old in earlier for one in old["taken"]] + taken
    partitions = hold(deliveries)
    before = published_last(earlier)
    days = [*(old["night"] for old in earlier), night]
    now = {day: table_of(reference, partitions, day) for day in days}
    record = {
        "night": night,
        "lines": lines,
        "taken": taken,
        "rejected": rejected,
        "overdue": overdue(reference, deliveries, night),
        "tables": {day: rows for day, rows in now.items() if before.get(day) != rows},
    }
    path = options.state / f"{night}.json"
    temporary = path.with_suffix(".tmp")
    with temporary.open("w", encoding="utf-8") as handle:
        json.dump(record, handle)
        handle.flush()
        os.fsync(handle.fileno())
    temporary.replace(path)
    return record


def run(options: argparse.Namespace) -> None:
    options.state.mkdir(parents=True, exist_ok=True)
    path = options.state / f"{options.night}.json"
    if path.exists():
        record = json.loads(path.read_text(encoding="utf-8"))
    else:
        record = close_night(options)
    out = options.out
    write_tables(out / "published.csv", record["tables"])
    write(out / "rejected.csv", ["delivery_id", "reason"], sorted(record["rejected"]))
    write(out / "overdue.csv", ["plant", "day"], record["overdue"])
    summary = {
        "night": record["night"],
        "deliveries": record["lines"],
        "rejected": len(record["rejected"]),
        "restated": sorted(day for day in record["tables"] if day != record["night"]),
        "overdue": len(record["overdue"]),
    }
    (out / "summary.json").write_text(json.dumps(summary) + "\n", encoding="utf-8")


def asof(options: argparse.Namespace) -> None:
    write_tables(options.out / "asof.csv", published_last(read_nights(options.state, options.night)))


def write_tables(path: Path, tables: dict[str, list]) -> None:
    rows = [[day, *row] for day in sorted(tables) for row in tables[day]]
    write(path, ["day", "machine_id", "score", "missing"], rows)


def write(path: Path, header: list[str], rows: list[list]) -> None:
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("command", choices=["run", "asof"])
    parser.add_argument("--night", required=True)
    for name in ("reference", "drop", "state", "out"):
        parser.add_argument(f"--{name}", type=Path)
    options = parser.parse_args()
    {"run": run, "asof": asof}[options.command](options)


if __name__ == "__main__":
    main()
