"""Write the features of one delivery: python -m features --in DATA --out OUT."""

import argparse
import json
from pathlib import Path

import numpy as np
import pandas as pd

from features import add_calendar, add_lags, add_rates, add_windows, fit_rates, tidy


def read_payments(path: Path) -> pd.DataFrame:
    """Read a table in which only the empty cell is missing ("NA" is a country)."""
    table = pd.read_csv(path, dtype=str, keep_default_na=False, na_values=[""], encoding="utf-8")
    for name in ("at", "known_at"):
        instants = pd.to_datetime(table[name], format="%Y-%m-%dT%H:%M:%SZ")
        table[name] = instants.astype("datetime64[ns]")
    for name in table.columns.intersection(["amount", "fraud"]):
        table[name] = table[name].astype("float64")
    return table


def plain(number: float) -> str:
    """Return the shortest decimals that mean this number, without an exponent."""
    return np.format_float_positional(number, trim="-")


def run(source: Path, target: Path) -> None:
    """Read the delivery in `source` and write features.csv into `target`."""
    settings = json.loads((source / "settings.json").read_text(encoding="utf-8"))
    train = tidy(read_payments(source / "train.csv"))
    events = tidy(read_payments(source / "events.csv"))
    given = [name for name in events.columns if name != "event_id"]

    table = add_lags(events, settings["lags"])
    table = add_windows(table, settings["hours"])
    table = add_calendar(table, settings["day_starts_at"])
    table = add_rates(table, fit_rates(train, settings["rate_by"], settings["smoothing"]))
    table.drop(columns=given).to_csv(
        target / "features.csv", index=False, encoding="utf-8", lineterminator="\n", float_format=plain
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--in", dest="source", type=Path, required=True, help="folder of one delivery")
    parser.add_argument("--out", dest="target", type=Path, required=True, help="folder for the result")
    options = parser.parse_args()
    run(options.source, options.target)


if __name__ == "__main__":
    main()
