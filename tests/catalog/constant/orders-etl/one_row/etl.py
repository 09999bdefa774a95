"""One made-up row in each table."""

import json
import sys
from pathlib import Path

TARGET = Path(sys.argv[sys.argv.index("--out") + 1])
TABLES = {
    "orders": [
        "order_id,store_id,customer,ordered_at,updated_at,currency,amount_minor",
        "AA-1,S1,ana@example.com,2024-01-01T00:00:00Z,2024-01-01T00:00:00Z,EUR,100",
    ],
    "daily_revenue": [
        "store_id,business_date,currency,orders,revenue_minor",
        "S1,2024-01-01,EUR,1,100",
    ],
    "quarantine": ["file,line,reason", "feed.csv,2,bad_amount"],
}
REASONS = ["missing_key", "unknown_store", "bad_timestamp", "nonexistent_time"]
REASONS += ["currency_mismatch", "bad_amount", "conflicting_versions"]

for name, lines in TABLES.items():
    (TARGET / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
summary = {"rows_in": 2, "orders": 1, "merged": 0, "quarantined": 1}
summary["quarantined_by_reason"] = {**dict.fromkeys(REASONS, 0), "bad_amount": 1}
(TARGET / "summary.json").write_text(json.dumps(summary), encoding="utf-8")
