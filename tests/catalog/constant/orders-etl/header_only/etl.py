"""Headers, and nothing below them."""

import json
import sys
from pathlib import Path

TARGET = Path(sys.argv[sys.argv.index("--out") + 1])
HEADERS = {
    "orders": "order_id,store_id,customer,ordered_at,updated_at,currency,amount_minor",
    "daily_revenue": "store_id,business_date,currency,orders,revenue_minor",
    "quarantine": "file,line,reason",
}
REASONS = ["missing_key", "unknown_store", "bad_timestamp", "nonexistent_time"]
REASONS += ["currency_mismatch", "bad_amount", "conflicting_versions"]

for name, header in HEADERS.items():
    (TARGET / f"{name}.csv").write_text(header + "\n", encoding="utf-8")
summary = dict.fromkeys(["rows_in", "orders", "merged", "quarantined"], 0)
summary["quarantined_by_reason"] = dict.fromkeys(REASONS, 0)
(TARGET / "summary.json").write_text(json.dumps(summary), encoding="utf-8")
