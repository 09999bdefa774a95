"""A season as one wave, whose length is looked for in the data."""

import numpy as np

SHORTEST = 3
STRONG = 0.45  # of the variance: what a wave explains of 50 weeks of plain noise stays below 0.3


def design(numbers: np.ndarray, period: float) -> np.ndarray:
    angle = 2 * np.pi * numbers / period
    return np.column_stack([np.ones(len(numbers)), np.cos(angle), np.sin(angle)])


def fit_wave(numbers: np.ndarray, values: np.ndarray) -> dict:
    """Return mean, wave (if there is one) and the robust deviation of a weekly figure around them."""
    level = float(np.median(values))
    plain = {"mean": level, "period": 0, "cos": 0.0, "sin": 0.0, "wobble": deviation(values - level)}
    total = float(((values - values.mean()) ** 2).sum())
    best, left = None, total
    for period in range(SHORTEST, len(values) // 2 + 1):
        matrix = design(numbers, period)
        found, *_ = np.linalg.lstsq(matrix, values, rcond=None)
        rest = float(((values - matrix @ found) ** 2).sum())
        if rest < left:
            best, left = (period, found, values - matrix @ found), rest
    if best is None or left > (1 - STRONG) * total:
        return plain
    period, found, rest = best
    mean, cos, sin = (float(one) for one in found)
    return {"mean": mean, "period": period, "cos": cos, "sin": sin, "wobble": deviation(rest)}


def deviation(rest: np.ndarray) -> float:
    """Return the larger of the ordinary and the robust standard deviation."""
    return float(max(1.4826 * np.median(np.abs(rest - np.median(rest))), rest.std()))


def at(wave: dict, number: int) -> float:
    if not wave["period"]:
        return wave["mean"]
    angle = 2 * np.pi * number / wave["period"]
    return float(wave["mean"] + wave["cos"] * np.cos(angle) + wave["sin"] * np.sin(angle))
