"""Headers, and a summary that agrees with them."""

import json
import sys
from pathlib import Path

GIVEN = dict(zip(sys.argv[2::2], sys.argv[3::2], strict=True))
OUT = Path(GIVEN["--out"])
for name in ("asof", "published"):
    (OUT / f"{name}.csv").write_text("day,machine_id,score,missing\n")
(OUT / "rejected.csv").write_text("delivery_id,reason\n")
(OUT / "overdue.csv").write_text("plant,day\n")
summary = {"night": GIVEN["--night"], "deliveries": 0, "rejected": 0, "overdue": 0, "restated": []}
(OUT / "summary.json").write_text(json.dumps(summary))
