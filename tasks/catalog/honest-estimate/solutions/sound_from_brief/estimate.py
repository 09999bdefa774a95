"""Predict new units of every fleet and promise the error: python estimate.py --in DATA --out OUT."""

import argparse
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats
from sklearn.model_selection import GroupKFold

from aliases import find_units
from model import fit, make_inputs, unit_errors

FOLDS = 10


@dataclass
class Fleet:
    name: str
    key: str
    target: str
    register: pd.DataFrame
    readings: pd.DataFrame
    new_register: pd.DataFrame
    new_readings: pd.DataFrame

    @classmethod
    def read(cls, source: Path, entry: dict) -> "Fleet":
        folder = source / entry["fleet"]
        names = ("register", "readings", "new_register", "new_readings")
        tables = {name: read_table(folder / f"{name}.csv", entry["key"]) for name in names}
        return cls(entry["fleet"], entry["key"], entry["target"], **tables)


def read_table(path: Path, key: str) -> pd.DataFrame:
    """Read a table; text stays as it stands in the file, above all ids."""
    text = [key, "serial", "maker", "model", "site", "installer", "reading_id", "visit", "taken_on"]
    return pd.read_csv(path, dtype=dict.fromkeys(text, str), keep_default_na=False)


def assign_folds(units: np.ndarray) -> np.ndarray:
    """Return a fold for each reading; units stay whole. Nothing but the units and a seed decides."""
    fold = np.empty(len(units), int)
    splitter = GroupKFold(min(FOLDS, len(np.unique(units))), shuffle=True, random_state=0)
    for number, (_, held_out) in enumerate(splitter.split(units, groups=units)):
        fold[held_out] = number
    return fold


def promise(errors: np.ndarray) -> dict[str, float]:
    """Return the mean error over units, and a 90 % interval for it: units are the independent draws."""
    error = errors.mean()
    half = stats.t.ppf(0.95, len(errors) - 1) * errors.std(ddof=1) / np.sqrt(len(errors))
    return {"error": float(error), "low": float(max(0.0, error - half)), "high": float(error + half)}


def work_on(fleet: Fleet) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, dict[str, float]]:
    """Return predictions, validation, aliases and promise of one fleet."""
    units = find_units(fleet.register, fleet.readings, fleet.key)
    known = fleet.readings.merge(fleet.register, on=fleet.key, validate="many_to_one")
    new = fleet.new_readings.merge(fleet.new_register, on=fleet.key, validate="many_to_one")
    inputs = make_inputs(known, fleet.register)
    unit, target = known[fleet.key].map(units).to_numpy(), known[fleet.target].to_numpy(float)

    fold = assign_folds(unit)
    held_out = np.empty(len(known))
    for number in np.unique(fold):
        inside = fold == number
        model = fit(inputs.rows(~inside), target[~inside], unit[~inside])
        held_out[inside] = model.predict(inputs.rows(inside))
    predicted = fit(inputs, target, unit).predict(make_inputs(new, fleet.register))

    predictions = pd.DataFrame({"reading_id": new["reading_id"], "prediction": predicted})
    validation = pd.DataFrame({"reading_id": known["reading_id"], "fold": fold, "prediction": held_out})
    shared = units[units.duplicated(keep=False)].sort_values(kind="stable")
    aliases = pd.DataFrame({"id": shared.index, "group": shared.to_numpy()})
    return predictions, validation, aliases, promise(unit_errors(held_out, target, unit))


def run(source: Path, target: Path) -> None:
    """Read the delivery in `source` and write the four files into `target`."""
    tables = {"predictions": [], "validation": [], "aliases": []}
    promises = {}
    for entry in json.loads((source / "fleets.json").read_text(encoding="utf-8")):
        fleet = Fleet.read(source, entry)
        *made, promises[fleet.name] = work_on(fleet)
        for name, table in zip(tables, made, strict=True):
            table.insert(0, "fleet", fleet.name)
            tables[name].append(table)
        told = {name: round(value, 3) for name, value in promises[fleet.name].items()}
        print(f"{fleet.name}: {len(fleet.register)} ids, {made[-1]['group'].nunique()} units with several, {told}")
    for name, made in tables.items():
        pd.concat(made).to_csv(target / f"{name}.csv", index=False, float_format="%.6f", lineterminator="\n")
    (target / "estimate.json").write_text(json.dumps({"fleets": promises}, indent=1) + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--in", dest="source", type=Path, required=True, help="folder of one delivery")
    parser.add_argument("--out", dest="target", type=Path, required=True, help="folder for the results")
    options = parser.parse_args()
    options.target.mkdir(parents=True, exist_ok=True)
    run(options.source, options.target)


if __name__ == "__main__":
    main()
