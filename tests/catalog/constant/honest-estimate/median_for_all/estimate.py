"""The median of the target for every reading, promised with clean folds of ids; no alias is looked for."""

import csv
import json
import statistics
import sys
from pathlib import Path

SOURCE, TARGET = (Path(sys.argv[sys.argv.index(name) + 1]) for name in ("--in", "--out"))


def rows_of(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


predictions, validation, promises = ["fleet,reading_id,prediction"], ["fleet,reading_id,fold,prediction"], {}
for fleet in json.loads((SOURCE / "fleets.json").read_text(encoding="utf-8")):
    name, key, target = fleet["fleet"], fleet["key"], fleet["target"]
    readings = rows_of(SOURCE / name / "readings.csv")
    ids = {one: number % 5 for number, one in enumerate(sorted({row[key] for row in readings}))}
    medians = [statistics.median(float(row[target]) for row in readings if ids[row[key]] != fold) for fold in range(5)]
    errors = {}
    for row in readings:
        fold = ids[row[key]]
        validation.append(f"{name},{row['reading_id']},{fold},{medians[fold]}")
        errors.setdefault(row[key], []).append(abs(float(row[target]) - medians[fold]))
    of_id = [statistics.mean(one) for one in errors.values()]
    half = 1.645 * statistics.stdev(of_id) / len(of_id) ** 0.5
    error = statistics.mean(of_id)
    promises[name] = {"error": error, "low": error - half, "high": error + half}
    median = statistics.median(float(row[target]) for row in readings)
    predictions += [f"{name},{row['reading_id']},{median}" for row in rows_of(SOURCE / name / "new_readings.csv")]

(TARGET / "predictions.csv").write_text("\n".join(predictions) + "\n", encoding="utf-8")
(TARGET / "validation.csv").write_text("\n".join(validation) + "\n", encoding="utf-8")
(TARGET / "aliases.csv").write_text("fleet,id,group\n", encoding="utf-8")
(TARGET / "estimate.json").write_text(json.dumps({"fleets": promises}), encoding="utf-8")
