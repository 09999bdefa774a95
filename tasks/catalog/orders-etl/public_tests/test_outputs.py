"""Form and arithmetic of what your job wrote for your own delivery.

DATA_DIR is the folder of the delivery, OUT_DIR the folder your job wrote into; run your job first.
"""

import csv
import json
import os
import re
from collections import Counter
from pathlib import Path

import pytest

DATA = Path(os.environ.get("DATA_DIR", "data"))
OUT = Path(os.environ.get("OUT_DIR", "out"))
COLUMNS = {
    "orders.csv": [
        "order_id",
        "store_id",
        "customer",
        "ordered_at",
        "updated_at",
        "currency",
        "amount_minor",
    ],
    "daily_revenue.csv": ["store_id", "business_date", "currency", "orders", "revenue_minor"],
    "quarantine.csv": ["file", "line", "reason"],
}
REASONS = {
    "missing_key",
    "unknown_store",
    "bad_timestamp",
    "nonexistent_time",
    "currency_mismatch",
    "bad_amount",
    "conflicting_versions",
}


def read(name: str) -> list[dict[str, str]]:
    """Read one of the tables."""
    with (OUT / name).open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle, strict=True))


def read_summary() -> dict:
    """Read the summary."""
    return json.loads((OUT / "summary.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", COLUMNS)
def test_table_has_briefed_columns(name):
    with (OUT / name).open(encoding="utf-8", newline="") as handle:
        rows = list(csv.reader(handle, strict=True))
    assert rows[0] == COLUMNS[name]
    assert len(rows) > 1, f"{name} has no rows"
    assert all(len(row) == len(rows[0]) for row in rows)


def test_instants_are_written_in_utc():
    for row in read("orders.csv"):
        for field in ("ordered_at", "updated_at"):
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", row[field]), row


def test_order_ids_are_unique_and_sorted():
    ids = [row["order_id"] for row in read("orders.csv")]
    assert ids == sorted(set(ids))


def test_quarantine_names_existing_rows_once():
    lengths = {}
    for feed in json.loads((DATA / "feeds.json").read_text(encoding="utf-8"))["feeds"]:
        with (DATA / feed["file"]).open(encoding=feed["encoding"]) as handle:
            lengths[feed["file"]] = sum(1 for _ in handle)
    places = [(row["file"], int(row["line"])) for row in read("quarantine.csv")]
    assert places == sorted(set(places))
    assert all(2 <= line <= lengths[file] for file, line in places)


def test_reasons_are_from_the_list():
    assert {row["reason"] for row in read("quarantine.csv")} <= REASONS


def test_counts_add_up():
    summary = read_summary()
    rows_in = 0
    for feed in json.loads((DATA / "feeds.json").read_text(encoding="utf-8"))["feeds"]:
        with (DATA / feed["file"]).open(encoding=feed["encoding"]) as handle:
            rows_in += sum(1 for _ in handle) - 1
    assert summary["rows_in"] == rows_in
    assert summary["orders"] == len(read("orders.csv"))
    assert summary["quarantined"] == len(read("quarantine.csv"))
    assert summary["rows_in"] == summary["orders"] + summary["merged"] + summary["quarantined"]
    reasons = Counter(row["reason"] for row in read("quarantine.csv"))
    assert summary["quarantined_by_reason"] == {reason: reasons[reason] for reason in REASONS}


def test_daily_revenue_has_every_order_and_cent():
    by_store = {name: Counter() for name in ("orders", "days", "cents", "revenue")}
    for row in read("orders.csv"):
        by_store["orders"][row["store_id"]] += 1
        by_store["cents"][row["store_id"]] += int(row["amount_minor"])
    for row in read("daily_revenue.csv"):
        by_store["days"][row["store_id"]] += int(row["orders"])
        by_store["revenue"][row["store_id"]] += int(row["revenue_minor"])
    assert by_store["days"] == by_store["orders"]
    assert by_store["revenue"] == by_store["cents"]
