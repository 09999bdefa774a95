"""How often payments are fraud, by the values of a column, smoothed towards the share among all."""

import numpy as np
import pandas as pd


def fit_rates(train: pd.DataFrame, by: str, smoothing: float) -> dict:
    """Return the rates of a column's values: plain data that also survives JSON.

    `overall` is for values without a labelled row, `missing` for rows without a value; they are None if training
    had no label, or none without a value.
    """
    labelled = train[train["fraud"].notna().to_numpy()]
    fraud = labelled["fraud"].to_numpy(np.float64)
    code, values = _codes(labelled[by])
    overall = _share(fraud.sum(), len(fraud))
    rate = _smoothed(np.bincount(code, fraud), np.bincount(code), overall, smoothing)
    by_code = dict(enumerate(rate.tolist()))
    missing = by_code.pop(len(values), None)
    return {
        "by": by,
        "overall": float(overall) if len(fraud) else None,
        "missing": missing,
        "values": {str(value): by_code[code] for code, value in enumerate(values)},
    }


def add_rates(events: pd.DataFrame, rates: dict) -> pd.DataFrame:
    """Add the fitted rate of each row's value."""
    by = rates["by"]
    overall = np.nan if rates["overall"] is None else rates["overall"]
    missing = overall if rates["missing"] is None else rates["missing"]
    code, values = _codes(events[by])
    by_code = np.array([*(rates["values"].get(value, overall) for value in values), missing])
    return events.assign(**{f"{by}_rate": by_code[code]})


def add_train_rates(train: pd.DataFrame, by: str, smoothing: float) -> pd.DataFrame:
    """Add to each training row the rate fitted without its own card.

    Fitting once per card would be quadratic; sums over all rows, less those of the card, are the same numbers (they
    are counts, so the difference is exact).
    """
    fraud = train["fraud"].to_numpy(np.float64, na_value=np.nan)
    labelled = (~np.isnan(fraud)).astype(np.float64)
    fraud = np.nan_to_num(fraud)
    value, values = _codes(train[by])
    card, _ = _codes(train["card"])
    value_of_card, _ = pd.factorize(card * (len(values) + 1) + value)

    def of_others(counted: np.ndarray, group: np.ndarray, of_card: np.ndarray) -> np.ndarray:
        return np.bincount(group, counted)[group] - np.bincount(of_card, counted)[of_card]

    everybody = np.zeros(len(train), np.int64)
    overall = _share(of_others(fraud, everybody, card), of_others(labelled, everybody, card))
    rate = _smoothed(
        of_others(fraud, value, value_of_card), of_others(labelled, value, value_of_card), overall, smoothing
    )
    return train.assign(**{f"{by}_rate": rate})


def _codes(column: pd.Series) -> tuple[np.ndarray, pd.Index]:
    """Return a number for each row's value and the values; missing ones get the number behind the last."""
    code, values = pd.factorize(column)
    return np.where(code < 0, len(values), code), values


def _share(fraud: np.ndarray | float, labelled: np.ndarray | int) -> np.ndarray:
    """Return fraud / labelled, missing where nothing is labelled."""
    out = np.full(np.shape(fraud), np.nan)
    return np.divide(fraud, labelled, out=out, where=np.asarray(labelled) > 0)


def _smoothed(fraud: np.ndarray, labelled: np.ndarray, overall: np.ndarray, smoothing: float) -> np.ndarray:
    return (fraud + smoothing * overall) / (labelled + smoothing)
