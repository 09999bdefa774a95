"""Reads what the candidate's run wrote, and says in a sentence what is wrong with it."""

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from honest_reference import Fleet, Reference, judge, read_fleets, unit_errors
from worksample_checks import numbers

PREDICTIONS = "out/predictions.csv"
VALIDATION = "out/validation.csv"
ALIASES = "out/aliases.csv"
ESTIMATE = "out/estimate.json"
COLUMNS = {
    PREDICTIONS: ["fleet", "reading_id", "prediction"],
    VALIDATION: ["fleet", "reading_id", "fold", "prediction"],
    ALIASES: ["fleet", "id", "group"],
}
LEAST_COVERAGE = 0.8
LARGEST, LEAST = 1e12, 1e-12  # beyond these no number is an error or a prediction, and ratios would not be finite
LEAST_CORRELATION = 0.15  # of ranks; some five times what chance gives in the mean over four fleets


class Promise(NamedTuple):
    """The error promised for new units, with a 90 % interval."""

    error: float
    low: float
    high: float


@cache
def read_fleets_once(public: Path, truth: Path) -> dict[str, Fleet]:
    """Read a delivery once for all checks."""
    return {fleet.name: fleet for fleet in read_fleets(public, truth)}


@cache
def judge_once(public: Path, truth: Path) -> dict[str, Reference]:
    """Fit the reference once for all checks."""
    return {name: judge(fleet) for name, fleet in read_fleets_once(public, truth).items()}


def fleets_of(truth, scenario: str) -> dict[str, Fleet]:
    """Give the fleets of a scenario by name."""
    return read_fleets_once(truth.public(scenario), truth.path(scenario))


def references_of(truth, scenario: str) -> dict[str, Reference]:
    """Give what the reference does on the fleets of a scenario."""
    return judge_once(truth.public(scenario), truth.path(scenario))


def read_table(deliverables, run: str, path: str) -> pd.DataFrame:
    """Read the briefed columns of a table, with predictions as numbers; each reading or id may be there once."""
    table = deliverables.csv(run, path, columns=COLUMNS[path])[COLUMNS[path]].copy()
    if "prediction" in table.columns:
        table["prediction"] = numbers(table["prediction"], f"prediction of {path}")
        beyond = int((table["prediction"].abs() > LARGEST).sum())
        assert not beyond, f"{beyond} predictions in {path} of run `{run}` are beyond {LARGEST:.0e}."
    twice = int(table.duplicated(COLUMNS[path][:2]).sum())
    assert not twice, f"{twice} rows of {path} in run `{run}` repeat a {COLUMNS[path][1]}."
    return table


def beside(table: pd.DataFrame, fleet: Fleet, readings: pd.DataFrame, path: str) -> pd.DataFrame:
    """Give the readings that the candidate has a row for, with it; gaps are another check's matter."""
    told = table[table["fleet"] == fleet.name].drop(columns="fleet")
    found = readings.merge(told, on="reading_id")
    assert len(found) >= LEAST_COVERAGE * len(readings), (
        f"{path} has only {len(found)} of {len(readings)} readings of fleet `{fleet.name}`, too few to judge."
    )
    return found


def read_new(deliverables, truth, run: str = "fresh") -> dict[str, pd.DataFrame]:
    """Give for each fleet the new readings with the candidate's predictions."""
    table = read_table(deliverables, run, PREDICTIONS)
    return {name: beside(table, fleet, fleet.new, PREDICTIONS) for name, fleet in fleets_of(truth, run).items()}


def read_validation(deliverables, truth, run: str = "fresh") -> dict[str, pd.DataFrame]:
    """Give for each fleet the old readings with fold and prediction."""
    table = read_table(deliverables, run, VALIDATION)
    return {name: beside(table, fleet, fleet.old, VALIDATION) for name, fleet in fleets_of(truth, run).items()}


def expect_substance(deliverables, truth) -> None:
    """Insist on predictions that have to do with what was measured at new units: one number for all can
    be promised without risk."""
    found = []
    for readings in read_new(deliverables, truth).values():
        varied = readings["prediction"].nunique() > 1
        found.append(readings["prediction"].rank().corr(readings["target"].rank()) if varied else 0.0)
    mean = float(np.mean(found))
    assert mean >= LEAST_CORRELATION, (
        f"The predictions for new readings have nothing to do with what was measured (rank correlation {mean:.2f}, "
        f"{LEAST_CORRELATION} needed): there is no model yet whose promise could be judged."
    )


def error_of(readings: pd.DataFrame) -> float:
    """Give the error by the brief's definition, every true unit once."""
    error = float(unit_errors(readings["prediction"], readings).mean())
    assert error >= LEAST, "The predictions are the very values that were measured: nothing was predicted."
    return error


def read_promises(deliverables, truth, run: str = "fresh") -> dict[str, Promise]:
    """Give the promise for each fleet."""
    content = deliverables.json(run, ESTIMATE)
    fleets = content.get("fleets") if isinstance(content, dict) else None
    assert isinstance(fleets, dict), f"{ESTIMATE} has no object under 'fleets'."
    promises = {}
    for name in fleets_of(truth, run):
        entry = fleets.get(name)
        assert isinstance(entry, dict), f"{ESTIMATE} promises nothing for fleet `{name}`."
        for key in Promise._fields:
            value = entry.get(key)
            good = isinstance(value, int | float) and not isinstance(value, bool) and -LARGEST <= value <= LARGEST
            assert good, f"{ESTIMATE} has no usable number under {key!r} of fleet `{name}` (there is {str(value)[:40]!r})."
        promises[name] = Promise(*(float(entry[key]) for key in Promise._fields))
        assert promises[name].error >= LEAST, f"The error promised for fleet `{name}` is {promises[name].error:.3g}, not above 0."
    return promises


def geometric_mean(values: Iterable[float]) -> float:
    """Give the geometric mean of ratios; of what is not above 0 it is 0."""
    found = np.array(list(values))
    return float(np.exp(np.log(found).mean())) if (found > 0).all() else 0.0


def pairs_of(table: pd.DataFrame, column: str) -> set[tuple[str, str]]:
    """Give the pairs of ids that have the same value, each as (lesser id, greater id)."""
    both = table[["id", column]].merge(table[["id", column]], on=column, suffixes=("", "_other"))
    return set(both.loc[both["id"] < both["id_other"], ["id", "id_other"]].itertuples(index=False, name=None))
