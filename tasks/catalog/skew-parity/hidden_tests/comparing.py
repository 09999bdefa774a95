"""How scores are compared."""

import numpy as np

TOLERANCE = 1e-6


def numbers_of(value: object, rows: list[dict]) -> np.ndarray:
    """Return the answer to one request as floats; fails the check if it is no list of a number a row."""
    if isinstance(value, np.ndarray):
        value = value.tolist()
    assert isinstance(value, list | tuple), f"score returned a {type(value).__name__}, not a list of numbers"
    assert len(value) == len(rows), f"score was given {len(rows)} rows and returned {len(value)} scores"
    strange = [one for one in value if isinstance(one, bool) or not isinstance(one, int | float)]
    assert not strange, f"score returned {str(strange[0])[:60]!r} among its scores, which is no number"
    return np.array(value, dtype=float)


def gaps_of(found: np.ndarray, due: np.ndarray) -> np.ndarray:
    """Return how far scores are apart; infinitely where one is missing."""
    return np.nan_to_num(np.abs(np.asarray(found) - np.asarray(due)), nan=np.inf, posinf=np.inf)


def expect_equal(found: np.ndarray, due: np.ndarray, what: str, rows: list[dict] | None = None) -> float:
    """Return the share of equal scores, or fail the check with how many are apart."""
    gaps = gaps_of(found, due)
    apart = np.flatnonzero(gaps > TOLERANCE)
    if len(apart):
        first = f"; first {rows[apart[0]]}" if rows else ""
        raise AssertionError(
            f"{len(apart)} of {len(gaps)} scores of {what} are apart from the batch path's, by up to "
            f"{gaps[apart].max():.2g}{first}"
        )
    return 1.0


def share_equal(found: np.ndarray, due: np.ndarray) -> float:
    return float((gaps_of(found, due) <= TOLERANCE).mean())
