"""Forecasts what each shop sells per day: the median day, which a few odd ones do not move."""

import argparse
from pathlib import Path

import pandas as pd


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--in", dest="data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    rows = pd.read_csv(arguments.data / "counts.csv", parse_dates=["day", "sent_at"])
    last = rows.sort_values("sent_at").drop_duplicates(["shop", "day"], keep="last")
    counted = last["sold"].where(last["sold"] >= 0)
    per_day = counted.groupby(last["shop"]).median().fillna(0.0).rename("per_day")
    per_day.to_csv(arguments.out / "forecast.csv")


if __name__ == "__main__":
    main()
