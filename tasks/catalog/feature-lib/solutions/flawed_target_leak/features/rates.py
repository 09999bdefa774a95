"""How often payments are fraud, by the values of a column."""

import pandas as pd


def fit_rates(train: pd.DataFrame, by: str, smoothing: float) -> dict:
    """Return the rates by value, that of missing values, and the overall one."""
    labelled = train[train["fraud"].notna()]
    overall = float(labelled["fraud"].mean()) if len(labelled) else float("nan")
    groups = labelled.groupby(by, dropna=False)["fraud"].agg(["size", "sum"])
    rates = (groups["sum"] + smoothing * overall) / (groups["size"] + smoothing)
    is_missing = rates.index.isna()
    return {
        "by": by,
        "values": [str(value) for value in rates.index[~is_missing]],
        "rates": rates[~is_missing].to_numpy(dtype="float64"),
        "missing": float(rates[is_missing].iloc[0]) if is_missing.any() else overall,
        "overall": overall,
    }


def add_rates(events: pd.DataFrame, rates: dict) -> pd.DataFrame:
    """Add the fitted rate of each row's value."""
    values = events[rates["by"]]
    known = dict(zip(rates["values"], rates["rates"], strict=True))
    found = values.map(known).astype("float64").fillna(rates["overall"])
    found = found.where(values.notna(), rates["missing"])
    return events.assign(**{f"{rates['by']}_rate": found.to_numpy()})


def add_train_rates(train: pd.DataFrame, by: str, smoothing: float) -> pd.DataFrame:
    """Add to each row the fitted rate of its value."""
    return add_rates(train, fit_rates(train, by, smoothing))
