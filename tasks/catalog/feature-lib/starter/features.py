"""Features of card payments, as they were known: python -m features --in DATA --out OUT."""

import argparse
import json
from pathlib import Path

import pandas as pd


def tidy(events: pd.DataFrame) -> pd.DataFrame:
    """Return each payment once, as it was first known, sorted by time and name."""
    raise NotImplementedError


def add_lags(events: pd.DataFrame, lags: list[int]) -> pd.DataFrame:
    """Add amount and age of the card's earlier payments."""
    raise NotImplementedError


def add_windows(events: pd.DataFrame, hours: list[int]) -> pd.DataFrame:
    """Add count, sum and mean of the card's payments in the hours before."""
    raise NotImplementedError


def add_calendar(events: pd.DataFrame, day_starts_at: int) -> pd.DataFrame:
    """Add business day, its weekday and the hour on the wall clock."""
    raise NotImplementedError


def fit_rates(train: pd.DataFrame, by: str, smoothing: float):
    """Return how often payments are fraud, by the values of a column."""
    raise NotImplementedError


def add_rates(events: pd.DataFrame, rates) -> pd.DataFrame:
    """Add the fitted rate of each row's value."""
    raise NotImplementedError


def add_train_rates(train: pd.DataFrame, by: str, smoothing: float) -> pd.DataFrame:
    """Add to each training row the rate fitted without its own card."""
    raise NotImplementedError


def run(source: Path, target: Path) -> None:
    """Read the delivery in `source` and write features.csv into `target`."""
    settings = json.loads((source / "settings.json").read_text(encoding="utf-8"))
    print(settings)
    # Yours: features.csv in `target`.


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--in", dest="source", type=Path, required=True, help="folder of one delivery")
    parser.add_argument("--out", dest="target", type=Path, required=True, help="folder for the result")
    options = parser.parse_args()
    run(options.source, options.target)


if __name__ == "__main__":
    main()
