"""The command: python -m features --in DATA --out OUT."""

import argparse
import json
from pathlib import Path

import features
from features.feed import read


def run(source: Path, target: Path) -> None:
    """Write features.csv for one delivery."""
    settings = json.loads((source / "settings.json").read_text(encoding="utf-8"))
    train, events = (features.tidy(read(source / name)) for name in ("train.csv", "events.csv"))
    table = features.add_lags(events, settings["lags"])
    table = features.add_windows(table, settings["hours"])
    table = features.add_calendar(table, settings["day_starts_at"])
    rates = features.fit_rates(train, settings["rate_by"], settings["smoothing"])
    table = features.add_rates(table, rates)
    columns = ["event_id", *table.columns[len(events.columns) :]]
    table.to_csv(target / "features.csv", columns=columns, index=False, lineterminator="\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--in", dest="source", type=Path, required=True)
    parser.add_argument("--out", dest="target", type=Path, required=True)
    options = parser.parse_args()
    run(options.source, options.target)


main()
