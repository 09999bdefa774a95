"""What is usual for a weekly figure: its season and how far it strays from that."""

import math

import numpy as np

MAX_HARMONICS = 3
# By how much another season length than the listed one has to be better (in units of BIC) to be believed.
SURE = 10.0


def fit_seasons(numbers: np.ndarray, figures: np.ndarray, listed: int | None) -> tuple[list[dict], int | None]:
    """Fit the season that figures (weeks x figures) share; return a baseline for each and the season's length.

    The length is looked for in the data. The listed one has the benefit of the doubt, as has no season if none is listed.
    """
    n = len(numbers)
    tried = [(_bic(numbers, figures, None, 0), None, 0)]
    for length in sorted({*range(2, n // 2 + 1), *([listed] if listed and 2 <= listed <= n else [])}):
        for harmonics in range(1, min(MAX_HARMONICS, length // 2) + 1):
            tried.append((_bic(numbers, figures, length, harmonics), length, harmonics))
    best = min(tried, key=lambda one: one[0])
    doubt = min((one for one in tried if one[1] == listed), key=lambda one: one[0], default=tried[0])
    _, length, harmonics = best if best[0] < doubt[0] - SURE else doubt
    if length == listed and tried[0][0] <= doubt[0]:
        length, harmonics = None, 0
    design = _design(numbers, length, harmonics)
    baselines = []
    for figure in figures.T:
        weights = np.linalg.lstsq(design, figure, rcond=None)[0]
        free = n - np.linalg.matrix_rank(design)
        wobble = math.sqrt(float(np.sum((figure - design @ weights) ** 2)) / free)
        baselines.append(
            {"length": length, "harmonics": harmonics, "weights": weights.tolist(), "wobble": wobble, "weeks": n}
        )
    return baselines, length


def expected(baseline: dict, number: int) -> float:
    design = _design(np.array([number]), baseline["length"], baseline["harmonics"])
    return float((design @ np.array(baseline["weights"]))[0])


def noise(baseline: dict, sampling: float, sampling_then: float) -> float:
    """Return how far a figure strays in a week whose sampling error is `sampling`, if nothing happens.

    What the sampling error of the reference weeks (`sampling_then`) does not explain, stays however large the week is.
    """
    unexplained = max(baseline["wobble"] ** 2 - sampling_then**2, 0.0)
    fitted = 1 + len(baseline["weights"]) / baseline["weeks"]
    return math.sqrt((unexplained + sampling**2) * fitted)


def _design(numbers: np.ndarray, length: int | None, harmonics: int) -> np.ndarray:
    columns = [np.ones(len(numbers))]
    for harmonic in range(1, harmonics + 1):
        turns = 2 * np.pi * harmonic * (numbers % length) / length
        columns += [np.cos(turns), np.sin(turns)]
    return np.stack(columns, axis=1)


def _bic(numbers: np.ndarray, figures: np.ndarray, length: int | None, harmonics: int) -> float:
    design = _design(numbers, length, harmonics)
    n, rank = len(numbers), np.linalg.matrix_rank(design)
    residual = figures - design @ np.linalg.lstsq(design, figures, rcond=None)[0]
    variance = np.maximum(np.mean(residual**2, axis=0), 1e-12)
    return float(n * np.sum(np.log(variance)) + rank * figures.shape[1] * math.log(n))
