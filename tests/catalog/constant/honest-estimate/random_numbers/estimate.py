"""Random numbers of the right size; all ids are one unit, and so everything is in one fold or another."""

import csv
import json
import random
import sys
from pathlib import Path

SOURCE, TARGET = (Path(sys.argv[sys.argv.index(name) + 1]) for name in ("--in", "--out"))


def rows_of(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


random.seed(1)
tables = {
    "predictions": ["fleet,reading_id,prediction"],
    "validation": ["fleet,reading_id,fold,prediction"],
    "aliases": ["fleet,id,group"],
}
promises = {}
for fleet in json.loads((SOURCE / "fleets.json").read_text(encoding="utf-8")):
    name, key, target = fleet["fleet"], fleet["key"], fleet["target"]
    readings = rows_of(SOURCE / name / "readings.csv")
    values = [float(row[target]) for row in readings]
    for row in rows_of(SOURCE / name / "new_readings.csv"):
        tables["predictions"].append(f"{name},{row['reading_id']},{random.choice(values)}")
    for row in readings:
        tables["validation"].append(f"{name},{row['reading_id']},{row[key][-1]},{random.choice(values)}")
    tables["aliases"] += [f"{name},{one},all" for one in sorted({row[key] for row in readings})]
    error = sum(values) / len(values) / 2
    promises[name] = {"error": error, "low": 0.9 * error, "high": 1.1 * error}
for table, lines in tables.items():
    (TARGET / f"{table}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
(TARGET / "estimate.json").write_text(json.dumps({"fleets": promises}), encoding="utf-8")
