"""Every row of the feeds as it stands, under the briefed headings; no rule is applied."""

import csv
import json
import sys
from pathlib import Path

SOURCE = Path(sys.argv[sys.argv.index("--in") + 1])
TARGET = Path(sys.argv[sys.argv.index("--out") + 1])
ORDERS = ["order_id", "store_id", "customer", "ordered_at", "updated_at", "currency", "amount"]
REASONS = ["missing_key", "unknown_store", "bad_timestamp", "nonexistent_time"]
REASONS += ["currency_mismatch", "bad_amount", "conflicting_versions"]


def write(name: str, header: list[str], rows: list[list[str]]) -> None:
    with (TARGET / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *rows])


rows = []
for feed in json.loads((SOURCE / "feeds.json").read_text(encoding="utf-8"))["feeds"]:
    with (SOURCE / feed["file"]).open(encoding=feed["encoding"], newline="") as file:
        for row in csv.DictReader(file, delimiter=feed["delimiter"]):
            rows.append([row[feed["columns"][field]] for field in ORDERS])
write("orders", [*ORDERS[:-1], "amount_minor"], sorted(rows))
write("daily_revenue", ["store_id", "business_date", "currency", "orders", "revenue_minor"], [])
write("quarantine", ["file", "line", "reason"], [])
summary = {"rows_in": len(rows), "orders": len(rows), "merged": 0, "quarantined": 0}
summary["quarantined_by_reason"] = dict.fromkeys(REASONS, 0)
(TARGET / "summary.json").write_text(json.dumps(summary), encoding="utf-8")
