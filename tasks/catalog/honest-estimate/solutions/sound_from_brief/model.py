"""A regularised linear regression on the logarithm of the target, every unit counting once.

Plain numpy: with folds in folds there are hundreds of fits in 60 s, and scikit-learn's handling of tables takes longer
than the fits.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.model_selection import GroupKFold

PENALTIES = [10.0, 30.0, 100.0, 300.0, 1000.0]
INNER_FOLDS = 5
HARDLY_PENALISED = 10.0  # scale of the few columns that readings settle well


@dataclass(frozen=True)
class Inputs:
    """What the model sees of readings; nothing here is learnt from them but the lists of makers and models."""

    values: np.ndarray
    scale: np.ndarray  # of each column after standardising; missing for those that stay 0 and 1

    def rows(self, chosen: np.ndarray) -> "Inputs":
        return Inputs(self.values[chosen], self.scale)


def make_inputs(table: pd.DataFrame, register: pd.DataFrame) -> Inputs:
    """Return conditions and rated power (also as logarithms), the tests, and maker and model.

    `site`, `installer`, `visit` and the date are left out: they tell known units apart, and say little of new ones.
    """
    strong = table[["load", "inlet", "runtime", "rated"]].to_numpy(float)
    strong = np.column_stack([strong[:, :3], np.log(np.maximum(strong, 0.01))])
    tests = table[register.filter(regex=r"^t\d+$").columns].to_numpy(float)
    types = [
        (table[column] == value).to_numpy(float) for column in ("maker", "model") for value in sorted(set(register[column]))
    ]
    scale = np.repeat([HARDLY_PENALISED, 1.0, np.nan], [strong.shape[1], tests.shape[1], len(types)])
    return Inputs(np.column_stack([strong, tests, *types]), scale)


@dataclass(frozen=True)
class Model:
    mean: np.ndarray
    weights: np.ndarray
    intercept: float

    def predict(self, inputs: Inputs) -> np.ndarray:
        """Return the target, not its logarithm: the median, which is what an absolute error asks for."""
        return np.exp((inputs.values - self.mean) @ self.weights + self.intercept)


def fit(inputs: Inputs, target: np.ndarray, unit: np.ndarray) -> Model:
    """Fit with the penalty that does best on units left out of these readings; nothing else is known here."""
    penalty = PENALTIES[-1]
    if len(np.unique(unit)) >= INNER_FOLDS:
        errors = np.zeros(len(PENALTIES))
        for train, out in GroupKFold(INNER_FOLDS, shuffle=True, random_state=1).split(unit, groups=unit):
            for number, model in enumerate(_fit(inputs.rows(train), target[train], unit[train], PENALTIES)):
                errors[number] += unit_errors(model.predict(inputs.rows(out)), target[out], unit[out]).sum()
        penalty = PENALTIES[int(errors.argmin())]
    return _fit(inputs, target, unit, [penalty])[0]


def unit_errors(predicted: np.ndarray, target: np.ndarray, unit: np.ndarray) -> np.ndarray:
    """Return the mean absolute error of each unit over its readings."""
    _, number = np.unique(unit, return_inverse=True)
    return np.bincount(number, np.abs(target - predicted)) / np.bincount(number)


def _fit(inputs: Inputs, target: np.ndarray, unit: np.ndarray, penalties: list[float]) -> list[Model]:
    """Fit a ridge regression for each penalty, with one decomposition for all of them."""
    _, number, readings = np.unique(unit, return_inverse=True, return_counts=True)
    share = 1 / readings[number]
    share *= len(share) / share.sum()
    mean = np.average(inputs.values, axis=0, weights=share)
    centred = inputs.values - mean
    spread = centred.std(axis=0)
    scale = np.where(np.isnan(inputs.scale), 1, inputs.scale / np.where(spread > 0, spread, 1))
    centred *= scale
    logarithm = np.log(target)
    intercept = np.average(logarithm, weights=share)
    values, vectors = np.linalg.eigh(centred.T @ (share[:, None] * centred))
    slopes = vectors.T @ (centred.T @ (share * (logarithm - intercept)))
    return [Model(mean, scale * (vectors @ (slopes / (values.clip(0) + penalty))), intercept) for penalty in penalties]
