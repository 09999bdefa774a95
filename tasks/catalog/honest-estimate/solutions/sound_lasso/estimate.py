"""Predict new units of every fleet and promise the error: python estimate.py --in DATA --out OUT."""

import argparse
import json
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.sparse.csgraph import connected_components
from scipy.stats import t as student
from sklearn.compose import TransformedTargetRegressor, make_column_transformer
from sklearn.linear_model import Lasso
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

SAME_UNIT = 0.7  # correlation of two tests in standard units
PLAIN = ["load", "inlet", "runtime", "log_rated"]


def read_fleet(folder: Path, key: str) -> tuple[pd.DataFrame, ...]:
    """Read the four tables of a fleet."""
    text = {key: str, "serial": str, "reading_id": str, "visit": str}
    files = ["register", "readings", "new_register", "new_readings"]
    tables = [pd.read_csv(folder / f"{name}.csv", dtype=text).rename(columns={key: "id"}) for name in files]
    return tuple(one.assign(log_rated=np.log(one["rated"])) if "rated" in one else one for one in tables)


def find_units(register: pd.DataFrame, tests: list[str]) -> pd.Series:
    """Number the units: ids whose acceptance tests are about the same belong together."""
    results = register[tests]
    likeness = np.corrcoef(((results - results.mean()) / results.std()).to_numpy())
    _, unit = connected_components(likeness > SAME_UNIT, directed=False)
    return pd.Series(unit, index=register["id"])


def build_model(tests: list[str]) -> TransformedTargetRegressor:
    """Lasso for the logarithm: conditions, size, maker, and as many test results as the penalty leaves."""
    columns = make_column_transformer(
        (StandardScaler(), [*PLAIN, *tests]),
        (OneHotEncoder(handle_unknown="ignore", sparse_output=False), ["maker"]),
    )
    return TransformedTargetRegressor(make_pipeline(columns, Lasso(alpha=0.012)), func=np.log, inverse_func=np.exp)


def summarise(errors: np.ndarray) -> dict[str, float]:
    """Give the mean over units and Student's 90 % interval for it."""
    half = student.ppf(0.95, len(errors) - 1) * errors.std(ddof=1) / len(errors) ** 0.5
    return {"error": errors.mean(), "low": errors.mean() - half, "high": errors.mean() + half}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--in", dest="source", type=Path, required=True)
    parser.add_argument("--out", dest="target", type=Path, required=True)
    options = parser.parse_args()
    predictions, validation, aliases, promises = [], [], [], {}
    for fleet in json.loads((options.source / "fleets.json").read_text(encoding="utf-8")):
        name = fleet["fleet"]
        register, readings, new_register, new_readings = read_fleet(options.source / name, fleet["key"])
        tests = [column for column in register if column[0] == "t" and column[1:].isdigit()]
        unit = find_units(register, tests)
        table = readings.merge(register, on="id")
        target, groups = table[fleet["target"]], table["id"].map(unit)
        folds = GroupKFold(5)
        held_out = cross_val_predict(build_model(tests), table, target, groups=groups, cv=folds)
        number = np.empty(len(table), int)
        for fold, (_, rows) in enumerate(folds.split(table, groups=groups)):
            number[rows] = fold
        promises[name] = summarise((target - held_out).abs().groupby(groups).mean().to_numpy())
        model = build_model(tests).fit(table, target)
        new = new_readings.merge(new_register, on="id")
        predictions.append(pd.DataFrame({"fleet": name, "reading_id": new["reading_id"], "prediction": model.predict(new)}))
        validation.append(pd.DataFrame({"fleet": name, "reading_id": table["reading_id"], "fold": number, "prediction": held_out}))
        several = unit[unit.duplicated(keep=False)]
        aliases.append(pd.DataFrame({"fleet": name, "id": several.index, "group": several.to_numpy()}))
    pd.concat(predictions).to_csv(options.target / "predictions.csv", index=False)
    pd.concat(validation).to_csv(options.target / "validation.csv", index=False)
    pd.concat(aliases).to_csv(options.target / "aliases.csv", index=False)
    (options.target / "estimate.json").write_text(json.dumps({"fleets": promises}), encoding="utf-8")


if __name__ == "__main__":
    main()
