"""How often payments are fraud, by the values of a column."""

import numpy as np
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
    """Add to each row the rate fitted without its card: all sums minus those of the card."""
    value = pd.factorize(train[by])[0]  # -1 is a missing one, a value like others
    card = pd.factorize(train["card"])[0]
    label = train["fraud"].to_numpy(dtype="float64")
    counts = ~np.isnan(label)
    table = pd.DataFrame(
        {"value": value, "card": card, "n": counts.astype("float64"), "s": np.where(counts, label, 0.0)}
    )
    sums = ["n", "s"]
    own = table.groupby(["value", "card"])[sums].transform("sum")
    rest = table.groupby("value")[sums].transform("sum") - own
    others = table[sums].sum() - table.groupby("card")[sums].transform("sum")
    with np.errstate(invalid="ignore"):
        overall = others["s"].to_numpy() / others["n"].to_numpy()
    rate = (rest["s"].to_numpy() + smoothing * overall) / (rest["n"].to_numpy() + smoothing)
    return train.assign(**{f"{by}_rate": rate})
