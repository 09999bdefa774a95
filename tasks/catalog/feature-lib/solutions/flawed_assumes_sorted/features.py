"""Features of card payments, as they were known: python -m features --in DATA --out OUT."""

import argparse
import json
from pathlib import Path

import numpy as np
import pandas as pd

HOUR = np.timedelta64(1, "h")


def tidy(events: pd.DataFrame) -> pd.DataFrame:
    """Return each payment once, as it was first known, sorted by time and name."""
    by_arrival = events.sort_values(["known_at", "at", "event_id"])
    return by_arrival.groupby("event_id", sort=False).head(1).sort_values(["at", "event_id"], ignore_index=True)


def cards(events: pd.DataFrame):
    """Yield for each card the places of its rows, oldest first, and a matrix: row may use column."""
    table = events[["card", "at", "known_at"]].reset_index(drop=True)
    place, at, known_at = table.index.to_numpy(), table["at"].to_numpy(), table["known_at"].to_numpy()
    for rows in table.groupby("card", sort=False).indices.values():
        moment = at[rows][:, None]
        yield place[rows], at[rows], (at[rows] < moment) & (known_at[rows] <= moment)


def add_lags(events: pd.DataFrame, lags: list[int]) -> pd.DataFrame:
    """Add amount and age of the card's earlier payments."""
    amount = events["amount"].to_numpy()
    columns = {}
    for lag in lags:
        columns[f"amount_lag_{lag}"] = np.full(len(events), np.nan)
        columns[f"hours_lag_{lag}"] = np.full(len(events), np.nan)
    for place, at, usable in cards(events):
        # Counted from the right, the lag-th usable column of each row.
        rank = usable[:, ::-1].cumsum(axis=1)[:, ::-1]
        for lag in lags:
            row, column = np.nonzero(usable & (rank == lag))
            columns[f"amount_lag_{lag}"][place[row]] = amount[place[column]]
            columns[f"hours_lag_{lag}"][place[row]] = (at[row] - at[column]) / HOUR
    return events.assign(**columns)


def add_windows(events: pd.DataFrame, hours: list[int]) -> pd.DataFrame:
    """Add count, sum and mean of the card's payments in the hours before."""
    amount = events["amount"].to_numpy()
    there = ~np.isnan(amount)
    paid = np.where(there, amount, 0.0)
    columns = {f"{what}_{hour}h": np.full(len(events), np.nan) for hour in hours for what in ("count", "sum", "mean")}
    for place, at, usable in cards(events):
        age = at[:, None] - at
        for hour in hours:
            inside = (usable & (age <= hour * HOUR)).astype("float64")
            known = inside @ there[place]
            total = inside @ paid[place]
            columns[f"count_{hour}h"][place] = inside.sum(axis=1)
            columns[f"sum_{hour}h"][place] = total
            columns[f"mean_{hour}h"][place] = np.divide(
                total, known, out=np.full(len(place), np.nan), where=known > 0
            )
    for hour in hours:
        columns[f"count_{hour}h"] = columns[f"count_{hour}h"].astype("int64")
    return events.assign(**columns)


def add_calendar(events: pd.DataFrame, day_starts_at: int) -> pd.DataFrame:
    """Add business day, its weekday and the hour on the wall clock."""
    rows = events[["at", "zone"]].reset_index(drop=True)
    wall = pd.Series(pd.NaT, index=rows.index, dtype="datetime64[ns]")
    for zone, some in rows.groupby("zone"):
        wall[some.index] = some["at"].dt.tz_localize("UTC").dt.tz_convert(zone).dt.tz_localize(None)
    day = wall - pd.Timedelta(hours=day_starts_at)
    return events.assign(
        business_date=day.dt.strftime("%Y-%m-%d").to_numpy(dtype=object),
        weekday=day.dt.weekday.to_numpy(),
        local_hour=wall.dt.hour.to_numpy(),
    )


def fit_rates(train: pd.DataFrame, by: str, smoothing: float) -> pd.DataFrame:
    """Return a table with a row for each value; the last one stands for values never seen."""
    labelled = train[train["fraud"].notna()]
    overall = labelled["fraud"].mean()
    table = labelled.groupby(by, dropna=False)["fraud"].agg(n="size", s="sum").reset_index()
    rates = pd.DataFrame({by: table[by].astype(object), "kind": "seen"})
    rates.loc[table[by].isna(), "kind"] = "missing"
    rates["rate"] = (table["s"] + smoothing * overall) / (table["n"] + smoothing)
    rest = pd.DataFrame({by: [None], "kind": ["unseen"], "rate": [overall]})
    return pd.concat([rates, rest.astype({"rate": "float64"})], ignore_index=True)


def add_rates(events: pd.DataFrame, rates: pd.DataFrame) -> pd.DataFrame:
    """Add the fitted rate of each row's value."""
    by = rates.columns[0]
    unseen = rates.loc[rates["kind"] == "unseen", "rate"].iloc[0]
    missing = rates.loc[rates["kind"] == "missing", "rate"]
    seen = rates[rates["kind"] == "seen"].set_index(by)["rate"].to_dict()
    given = events[by]
    found = np.where(given.isna(), missing.iloc[0] if len(missing) else unseen, given.map(seen).fillna(unseen))
    return events.assign(**{f"{by}_rate": found.astype("float64")})


def add_train_rates(train: pd.DataFrame, by: str, smoothing: float) -> pd.DataFrame:
    """Add to each row the rate fitted without its card: one fit for each card."""
    column = f"{by}_rate"
    found = pd.Series(np.nan, index=range(len(train)), dtype="float64")
    rows = train.reset_index(drop=True)
    for _, own in rows.groupby("card"):
        rates = fit_rates(rows.drop(own.index), by, smoothing)
        found[own.index] = add_rates(own, rates)[column]
    return train.assign(**{column: found.to_numpy()})


def read(path: Path) -> pd.DataFrame:
    """Read a table of the delivery; only an empty cell is missing."""
    table = pd.read_csv(path, keep_default_na=False, na_values={"amount": [""], "fraud": [""]})
    for name in ("at", "known_at"):
        table[name] = pd.to_datetime(table[name]).dt.tz_localize(None)
    for name in ("merchant", "country"):
        table[name] = table[name].mask(table[name] == "")
    return table


def run(source: Path, target: Path) -> None:
    """Read the delivery in `source` and write features.csv into `target`."""
    settings = json.loads((source / "settings.json").read_text(encoding="utf-8"))
    events, train = tidy(read(source / "events.csv")), tidy(read(source / "train.csv"))
    rates = fit_rates(train, settings["rate_by"], settings["smoothing"])
    table = (
        events.pipe(add_lags, settings["lags"])
        .pipe(add_windows, settings["hours"])
        .pipe(add_calendar, settings["day_starts_at"])
        .pipe(add_rates, rates)
    )
    table = table.drop(columns=events.columns.drop("event_id"))
    table.to_csv(target / "features.csv", index=False, lineterminator="\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--in", dest="source", type=Path, required=True)
    parser.add_argument("--out", dest="target", type=Path, required=True)
    options = parser.parse_args()
    run(options.source, options.target)


if __name__ == "__main__":
    main()
