"""Merge the order feeds of one delivery in SQLite: python etl.py --in DATA --out OUT."""

import argparse
import csv
import json
import sqlite3
from pathlib import Path

import clean

HERE = Path(__file__).resolve().parent
FIELDS = ["order_id", "store_id", "customer", "amount", "currency", "ordered_at", "updated_at"]
REASONS = [
    "missing_key",
    "unknown_store",
    "bad_timestamp",
    "nonexistent_time",
    "currency_mismatch",
    "bad_amount",
    "conflicting_versions",
]
SORTED = {
    "orders": "order_id",
    "daily_revenue": "store_id, business_date",
    "quarantine": "file, line",
}


def open_database() -> sqlite3.Connection:
    """Return an empty database in memory that knows the cell rules."""
    database = sqlite3.connect(":memory:")
    database.create_function(
        "instant", 2, lambda text, zone: zone and clean.instant(text, zone), deterministic=True
    )
    database.create_function("local_day", 2, clean.local_day, deterministic=True)
    database.create_function(
        "minor",
        2,
        lambda text, digits: None if digits is None else clean.minor(text, digits),
        deterministic=True,
    )
    return database


def load_reference(database: sqlite3.Connection, source: Path) -> None:
    """Load the shops and the currencies."""
    database.execute("CREATE TABLE stores (store_id TEXT PRIMARY KEY, zone TEXT, currency TEXT)")
    database.execute("CREATE TABLE currencies (currency TEXT PRIMARY KEY, minor_digits INTEGER)")
    for table in ("stores", "currencies"):
        with (source / f"{table}.csv").open(encoding="utf-8", newline="") as handle:
            header, *rows = csv.reader(handle)
        marks = ", ".join("?" * len(header))
        database.executemany(f"INSERT INTO {table} ({', '.join(header)}) VALUES ({marks})", rows)


def load_feed(database: sqlite3.Connection, source: Path, feed: dict) -> None:
    """Load one file, cells trimmed and amounts in plain notation."""
    with (source / feed["file"]).open(encoding=feed["encoding"], newline="") as handle:
        rows = []
        for line, raw in enumerate(csv.DictReader(handle, delimiter=feed["delimiter"]), start=2):
            cells = {field: raw[feed["columns"][field]].strip(" \t") for field in FIELDS}
            for field in ("order_id", "store_id", "currency"):
                cells[field] = cells[field].upper()
            cells["customer"] = cells["customer"].lower()
            amount = cells["amount"]
            if feed["thousands"]:
                amount = amount.replace(feed["thousands"], "")
            cells["amount"] = amount.replace(feed["decimal"], ".")
            rows.append([feed["file"], line, *cells.values()])
    marks = ", ".join("?" * (2 + len(FIELDS)))
    database.executemany(f"INSERT INTO raw VALUES ({marks})", rows)


def export(database: sqlite3.Connection, table: str, target: Path) -> None:
    """Write one table as CSV."""
    cursor = database.execute(f"SELECT * FROM {table} ORDER BY {SORTED[table]}")
    with (target / f"{table}.csv").open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow([column[0] for column in cursor.description])
        writer.writerows(cursor)


def summarise(database: sqlite3.Connection) -> dict[str, object]:
    """Count where the rows went; each number comes from a table of its own."""

    def one(query: str) -> int:
        return database.execute(query).fetchone()[0]

    reasons = dict(database.execute("SELECT reason, count(*) FROM quarantine GROUP BY reason"))
    return {
        "rows_in": one("SELECT count(*) FROM raw"),
        "orders": one("SELECT count(*) FROM orders"),
        "merged": one(
            "SELECT count(*) - count(DISTINCT order_id) FROM judged WHERE reason IS NULL"
        ),
        "quarantined": one("SELECT count(*) FROM quarantine"),
        "quarantined_by_reason": {reason: reasons.get(reason, 0) for reason in REASONS},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--in", dest="source", type=Path, required=True)
    parser.add_argument("--out", dest="target", type=Path, required=True)
    options = parser.parse_args()

    database = open_database()
    load_reference(database, options.source)
    database.execute(
        f"CREATE TABLE raw (file TEXT, line INTEGER, {', '.join(f'{field} TEXT' for field in FIELDS)})"
    )
    for feed in json.loads((options.source / "feeds.json").read_text(encoding="utf-8"))["feeds"]:
        load_feed(database, options.source, feed)
    database.executescript((HERE / "pipeline.sql").read_text(encoding="utf-8"))

    options.target.mkdir(parents=True, exist_ok=True)
    for table in SORTED:
        export(database, table, options.target)
    summary = json.dumps(summarise(database), indent=2) + "\n"
    (options.target / "summary.json").write_text(summary, encoding="utf-8")


if __name__ == "__main__":
    main()
