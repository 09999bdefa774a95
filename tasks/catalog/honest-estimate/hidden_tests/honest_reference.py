"""A plain, sound model of the same fleet that knows the true units: the error it would have promised, the one
it has on new units, and how much its errors differ between units."""

import json
import math
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

FOLDS = 5
CHOSEN = 12  # columns of the acceptance test in the regression, chosen anew in each fold
PENALTY = 5.0
CONDITIONS = ["load", "inlet", "runtime", "log_rated"]
WIDTH_OF_90_PERCENT = 2 * 1.645


class Reference(NamedTuple):
    """Errors of the reference on one fleet, in the unit of the target."""

    validated: float
    realised: float
    relative_width: float  # of a normal 90 % interval around `validated`


class Fleet(NamedTuple):
    """Readings of old and new units beside what the register says of them."""

    name: str
    old: pd.DataFrame  # reading_id, id, unit, target, and the columns of the model
    new: pd.DataFrame


def read_fleets(public: Path, truth: Path) -> list[Fleet]:
    """Read all fleets of a delivery."""
    fleets = []
    for told in json.loads((public / "fleets.json").read_text(encoding="utf-8")):
        name, key, target = told["fleet"], told["key"], told["target"]

        def read(file: str, folder: Path = public / name, key: str = key) -> pd.DataFrame:
            table = pd.read_csv(folder / f"{file}.csv", dtype={key: str, "serial": str, "reading_id": str})
            return table.rename(columns={key: "id"})

        old = read("readings").merge(read("register"), on="id").rename(columns={target: "target"})
        old = old.merge(read(f"{name}_units", truth, "id"), on="id")
        new = read("new_readings").merge(read("new_register"), on="id")
        new = new.merge(read(f"{name}_outcomes", truth, "id")[["reading_id", "target"]], on="reading_id")
        fleets.append(Fleet(name, *(table.assign(log_rated=np.log(table["rated"])) for table in (old, new.assign(unit=new["id"])))))
    return fleets


def unit_errors(predictions: np.ndarray, readings: pd.DataFrame) -> pd.Series:
    """Give the mean absolute error of each unit."""
    return (readings["target"] - predictions).abs().groupby(readings["unit"]).mean()


def choose_columns(train: pd.DataFrame) -> list[str]:
    """Give the columns of the test that go with what the conditions do not explain, counting each unit once."""
    tests = [column for column in train.columns if column[0] == "t" and column[1:].isdigit()]
    log, conditions = np.log(train["target"]), np.c_[np.ones(len(train)), train[CONDITIONS]]
    rest = log - conditions @ np.linalg.lstsq(conditions, log, rcond=None)[0]
    level = rest.groupby(train["unit"]).mean()
    results = train.drop_duplicates("unit").set_index("unit").loc[level.index, tests]
    related = np.abs(np.corrcoef(results.to_numpy().T, level)[-1, :-1])
    return [tests[number] for number in np.argsort(-related, kind="stable")[:CHOSEN]]


def fit_predict(train: pd.DataFrame, asked: pd.DataFrame) -> np.ndarray:
    """Fit a ridge regression of the logarithm and predict."""
    columns = CONDITIONS + choose_columns(train)
    mean, spread = train[columns].mean(), train[columns].std()
    makers = sorted(train["maker"].unique())

    def design(table: pd.DataFrame) -> np.ndarray:
        of_maker = table["maker"].to_numpy()[:, None] == np.array(makers)
        return np.hstack([((table[columns] - mean) / spread).to_numpy(), of_maker])

    log = np.log(train["target"].to_numpy())
    known = design(train)
    weights = np.linalg.solve(known.T @ known + PENALTY * np.eye(known.shape[1]), known.T @ (log - log.mean()))
    return np.exp(log.mean() + design(asked) @ weights)


def judge(fleet: Fleet) -> Reference:
    """Validate the reference on folds of true units and see what it does on the new ones."""
    units = np.sort(fleet.old["unit"].unique())
    folds = dict(zip(units, np.random.default_rng(0).permutation(len(units)) % FOLDS, strict=True))
    fold = fleet.old["unit"].map(folds)
    held_out = np.empty(len(fold))
    for number in range(FOLDS):
        held_out[fold == number] = fit_predict(fleet.old[fold != number], fleet.old[fold == number])
    errors = unit_errors(held_out, fleet.old)
    validated = float(errors.mean())
    width = WIDTH_OF_90_PERCENT * float(errors.std()) / math.sqrt(len(errors))
    realised = float(unit_errors(fit_predict(fleet.old, fleet.new), fleet.new).mean())
    return Reference(validated, realised, width / validated)
