"""Predict new units of every fleet and promise the error: python estimate.py --in DATA --out OUT."""

import csv
import json
import sys
from pathlib import Path

import numpy as np
from delivery import read_fleets, read_readings, read_register, units_of
from model import TwoStages

FOLDS = 10
STUDENT_95 = 1.833  # nine degrees of freedom


def option(name: str) -> Path:
    return Path(sys.argv[sys.argv.index(name) + 1])


def folds_of(units: np.ndarray) -> np.ndarray:
    """Deal the units, in an order that has nothing to do with them, to the folds."""
    names = np.unique(units)
    dealt = {name: number % FOLDS for number, name in enumerate(np.random.default_rng(42).permutation(names))}
    return np.array([dealt[unit] for unit in units])


def promise(errors: np.ndarray, units: np.ndarray, folds: np.ndarray) -> dict[str, float]:
    """Give the mean error over units; the interval comes from how the folds differ."""
    names, case = np.unique(units, return_inverse=True)
    of_unit = np.bincount(case, errors) / np.bincount(case)
    fold_of_unit = folds[np.unique(case, return_index=True)[1]]
    of_fold = np.array([of_unit[fold_of_unit == fold].mean() for fold in range(FOLDS)])
    half = STUDENT_95 * of_fold.std(ddof=1) / FOLDS**0.5
    middle = float(of_unit.mean())
    return {"error": middle, "low": max(0.0, middle - half), "high": middle + half}


def write(path: Path, header: list[str], rows: list[tuple]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *rows])


def main() -> None:
    source, target = option("--in"), option("--out")
    predictions, validation, aliases, promises = [], [], [], {}
    for fleet in read_fleets(source):
        name, key, folder = fleet["fleet"], fleet["key"], source / fleet["fleet"]
        register = read_register(folder / "register.csv", key)
        readings = read_readings(folder / "readings.csv", key, fleet["target"])
        unit_of = units_of(register)
        units = np.array([unit_of[one] for one in readings.ids])
        folds = folds_of(units)
        held_out = np.empty(len(folds))
        for fold in range(FOLDS):
            model = TwoStages(readings, register, units, folds != fold)
            held_out[folds == fold] = model.predict(readings, register)[folds == fold]
        promises[name] = promise(np.abs(held_out - readings.values), units, folds)
        new_register = read_register(folder / "new_register.csv", key)
        new = read_readings(folder / "new_readings.csv", key, fleet["target"])
        told = TwoStages(readings, register, units, folds >= 0).predict(new, new_register)
        predictions += [(name, one, f"{value:.6f}") for one, value in zip(new.reading_ids, told, strict=True)]
        rows = zip(readings.reading_ids, folds, held_out, strict=True)
        validation += [(name, one, f"fold {fold}", f"{value:.6f}") for one, fold, value in rows]
        several = [unit for unit in unit_of.values() if list(unit_of.values()).count(unit) > 1]
        aliases += [(name, one, unit) for one, unit in unit_of.items() if unit in several]
    write(target / "predictions.csv", ["fleet", "reading_id", "prediction"], predictions)
    write(target / "validation.csv", ["fleet", "reading_id", "fold", "prediction"], validation)
    write(target / "aliases.csv", ["fleet", "id", "group"], aliases)
    (target / "estimate.json").write_text(json.dumps({"fleets": promises}, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
