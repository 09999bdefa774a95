"""Predict new units of every fleet and promise the error: python estimate.py --in DATA --out OUT."""

import argparse
import json
from pathlib import Path

import numpy as np
import pandas as pd

FOLDS = 5
CHOSEN = 12
PENALTY = 5.0
CLOSE, ENOUGH = 0.3, 0.5  # test results closer than this many standard deviations agree; so many must
CONDITIONS = ["load", "inlet", "runtime", "log_rated"]


def read(folder: Path, name: str, key: str) -> pd.DataFrame:
    """Read a table of readings with the register beside it; names and numbers of things stay text."""
    text = {key: str, "serial": str, "reading_id": str, "visit": str}
    readings = pd.read_csv(folder / f"{name}readings.csv", dtype=text)
    register = pd.read_csv(folder / f"{name}register.csv", dtype=text)
    table = readings.merge(register, on=key, how="left").rename(columns={key: "id"})
    return table.assign(log_rated=np.log(table["rated"]))


def tests_of(table: pd.DataFrame) -> list[str]:
    return [name for name in table.columns if name[0] == "t" and name[1:].isdigit()]


def find_units(register: pd.DataFrame) -> dict[str, str]:
    """Give each id the least id of its unit. A repeated test agrees in nearly all results, two units in one of six."""
    results = register[tests_of(register)].to_numpy(float)
    results = (results - results.mean(0)) / results.std(0)
    agree = np.array([(np.abs(results - one) < CLOSE).mean(1) for one in results]) > ENOUGH
    ids, unit = register["id"].to_numpy(), {}
    for start in np.argsort(ids):
        waiting = [start]
        while waiting:
            one = waiting.pop()
            if ids[one] not in unit:
                unit[ids[one]] = ids[start]
                waiting += np.flatnonzero(agree[one]).tolist()
    return unit


class Model:
    """Ridge regression of the logarithm on conditions, size, maker and the most telling test results."""

    def __init__(self, train: pd.DataFrame, target: np.ndarray, chosen: list[str]) -> None:
        log = np.log(target)
        self.columns = CONDITIONS + chosen
        self.mean, self.spread = train[self.columns].mean(), train[self.columns].std()
        self.makers = np.unique(train["maker"])
        known = self.design(train)
        self.level = log.mean()
        self.weights = np.linalg.solve(known.T @ known + PENALTY * np.eye(known.shape[1]), known.T @ (log - self.level))

    @staticmethod
    def choose(train: pd.DataFrame, log: np.ndarray) -> list[str]:
        """Choose test results by their correlation with what the rest leaves, one value for each unit."""
        plain = np.c_[np.ones(len(train)), train[CONDITIONS]]
        rest = pd.Series(log - plain @ np.linalg.lstsq(plain, log, rcond=None)[0]).groupby(train["unit"].to_numpy()).mean()
        names = tests_of(train)
        results = train.drop_duplicates("unit").set_index("unit").loc[rest.index, names]
        related = np.abs(np.corrcoef(results.to_numpy().T, rest)[-1, :-1])
        return [names[number] for number in np.argsort(-related)[:CHOSEN]]

    def design(self, table: pd.DataFrame) -> np.ndarray:
        maker = table["maker"].to_numpy()[:, None] == self.makers
        return np.hstack([((table[self.columns] - self.mean) / self.spread).to_numpy(), maker])

    def predict(self, table: pd.DataFrame) -> np.ndarray:
        return np.exp(self.level + self.design(table) @ self.weights)


def split(units: pd.Series) -> np.ndarray:
    """Give each reading the fold of its unit."""
    names = np.sort(units.unique())
    folds = np.random.default_rng(7).permutation(len(names)) % FOLDS
    return units.map(dict(zip(names, folds, strict=True))).to_numpy()


def validate(table: pd.DataFrame, target: np.ndarray, folds: np.ndarray, chosen: list[str]) -> np.ndarray:
    held_out = np.empty(len(table))
    for fold in np.unique(folds):
        model = Model(table[folds != fold], target[folds != fold], chosen)
        held_out[folds == fold] = model.predict(table[folds == fold])
    return held_out


def promise(errors: pd.Series) -> dict[str, float]:
    """Give the mean error over units with a 90 % interval from resampled units."""
    rng = np.random.default_rng(11)
    means = rng.choice(errors.to_numpy(), (2000, len(errors))).mean(1)
    low, high = np.quantile(means, [0.05, 0.95])
    return {"error": float(errors.mean()), "low": float(low), "high": float(high)}


def treat(fleet: dict, folder: Path) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, dict]:
    """Give predictions, validation, aliases and the promise for one fleet."""
    table = read(folder, "", fleet["key"])
    register = table.drop_duplicates("id")
    unit = find_units(register)
    table["unit"] = table["id"].map(unit)
    target = table[fleet["target"]].to_numpy(float)
    folds = split(table["unit"])
    chosen = Model.choose(table, np.log(target))
    held_out = validate(table, target, folds, chosen)
    errors = pd.Series(np.abs(held_out - target)).groupby(table["unit"]).mean()
    new = read(folder, "new_", fleet["key"])
    aliases = pd.DataFrame({"id": list(unit), "group": list(unit.values())})
    aliases = aliases[aliases["group"].duplicated(keep=False)]
    predictions = new[["reading_id"]].assign(prediction=Model(table, target, chosen).predict(new))
    return predictions, table[["reading_id"]].assign(fold=folds, prediction=held_out), aliases, promise(errors)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--in", dest="source", type=Path, required=True)
    parser.add_argument("--out", dest="target", type=Path, required=True)
    options = parser.parse_args()
    tables, promises = {"predictions": [], "validation": [], "aliases": []}, {}
    for fleet in json.loads((options.source / "fleets.json").read_text(encoding="utf-8")):
        name = fleet["fleet"]
        *found, promises[name] = treat(fleet, options.source / name)
        for table, rows in zip(tables.values(), found, strict=True):
            rows.insert(0, "fleet", name)
            table.append(rows)
    for name, rows in tables.items():
        pd.concat(rows).to_csv(options.target / f"{name}.csv", index=False)
    (options.target / "estimate.json").write_text(json.dumps({"fleets": promises}), encoding="utf-8")


if __name__ == "__main__":
    main()
