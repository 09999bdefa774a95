"""What is usual: the middle of all reference weeks."""

import numpy as np


def fit_wave(numbers: np.ndarray, values: np.ndarray) -> dict:
    """Return the middle of a weekly figure and its deviation around it."""
    level = float(np.median(values))
    return {"mean": level, "period": 0, "cos": 0.0, "sin": 0.0, "wobble": deviation(values - level)}


def deviation(rest: np.ndarray) -> float:
    """Return the larger of the ordinary and the robust standard deviation."""
    return float(max(1.4826 * np.median(np.abs(rest - np.median(rest))), rest.std()))


def at(wave: dict, number: int) -> float:
    if not wave["period"]:
        return wave["mean"]
    angle = 2 * np.pi * number / wave["period"]
    return float(wave["mean"] + wave["cos"] * np.cos(angle) + wave["sin"] * np.sin(angle))
