"""Two stages: what conditions do, seen within units, then what a unit's properties say of its level."""

import numpy as np
from delivery import Readings, Register

PENALTIES = np.geomspace(3, 3000, 12)


class TwoStages:
    """Fitted to the readings of some units. One unit is one case in the second stage."""

    def __init__(self, readings: Readings, register: Register, units: np.ndarray, rows: np.ndarray) -> None:
        log, conditions = np.log(readings.values[rows]), readings.conditions[rows]
        names, case = np.unique(units[rows], return_inverse=True)
        count = np.bincount(case)
        mean_log = np.bincount(case, log) / count
        mean_conditions = np.stack([np.bincount(case, column) / count for column in conditions.T], axis=1)
        self.slopes = np.linalg.lstsq(conditions - mean_conditions[case], log - mean_log[case], rcond=None)[0]
        levels = mean_log - mean_conditions @ self.slopes
        place = {one: number for number, one in enumerate(register.ids)}
        first = np.unique(case, return_index=True)[1]
        owners = np.array([place[readings.ids[row]] for row in np.flatnonzero(rows)[first]])
        self.makers = sorted({register.makers[one] for one in owners})
        self.mean, self.spread = register.tests[owners].mean(0), register.tests[owners].std(0)
        plain, tests = self.plain(register)[owners], self.scaled(register)[owners]
        self.base = np.linalg.lstsq(plain, levels, rcond=None)[0]
        self.weights = ridge(tests, levels - plain @ self.base)

    def plain(self, register: Register) -> np.ndarray:
        makers = [[one == maker for maker in self.makers] for one in register.makers]
        return np.column_stack([np.log(register.rated), np.array(makers, float)])

    def scaled(self, register: Register) -> np.ndarray:
        return (register.tests - self.mean) / self.spread

    def predict(self, readings: Readings, register: Register) -> np.ndarray:
        level = self.plain(register) @ self.base + self.scaled(register) @ self.weights
        place = {one: number for number, one in enumerate(register.ids)}
        owners = [place[one] for one in readings.ids]
        return np.exp(level[owners] + readings.conditions @ self.slopes)


def ridge(columns: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Fit ridge regression with the penalty of the least leave-one-out error among the cases it is given."""
    left, singular, right = np.linalg.svd(columns, full_matrices=False)
    best, least = np.zeros(columns.shape[1]), np.inf
    for penalty in PENALTIES:
        kept = singular**2 / (singular**2 + penalty)
        fitted = left @ (kept * (left.T @ values))
        leverage = (left**2 * kept).sum(1)
        error = float(np.mean(((values - fitted) / (1 - leverage)) ** 2))
        if error < least:
            best, least = right.T @ (singular / (singular**2 + penalty) * (left.T @ values)), error
    return best
