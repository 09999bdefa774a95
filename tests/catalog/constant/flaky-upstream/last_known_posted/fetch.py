"""Never asks for a page: scores the last known values, flags them all, posts each once."""

import csv
import json
import sys
import time
import urllib.request
from pathlib import Path

api, data, out = sys.argv[2], Path(sys.argv[4]), Path(sys.argv[6])
config = json.loads((data / "config.json").read_text())
with (data / "accounts.csv").open(newline="") as file:
    rows = sorted(csv.DictReader(file), key=lambda row: row["account_id"])
model = config["model"]
scores = {
    row["account_id"]: model["intercept"] + sum(w * float(row[k]) for k, w in model["weights"].items())
    for row in rows
}
posted, failed = [], 0
for id_, score in scores.items():
    if failed > 3 and not posted:
        break
    time.sleep(0.02)
    body = json.dumps({"account_id": id_, "score": score, "degraded": True}).encode()
    request = urllib.request.Request(api + "/v1/scores", body, {config["idempotency_header"]: id_})
    try:
        urllib.request.urlopen(request, timeout=0.4).read()
        posted.append(id_)
    except Exception:
        failed += 1
lines = [f"{id_},{score:.6f},fallback\n" for id_, score in scores.items()]
(out / "scores.csv").write_text("".join(["account_id,score,source\n", *lines]))
report = {
    "accounts": len(rows), "live": 0, "fallback": len(rows), "posted": len(posted), "rejected": [],
    "unposted": sorted(set(scores) - set(posted)), "complete": False,
}  # fmt: skip
(out / "report.json").write_text(json.dumps(report))
