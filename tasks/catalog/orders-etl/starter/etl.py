"""Merge the order feeds of one delivery: python etl.py --in DATA --out OUT."""

import argparse
import json
from pathlib import Path

REASONS = [
    "missing_key",
    "unknown_store",
    "bad_timestamp",
    "nonexistent_time",
    "currency_mismatch",
    "bad_amount",
    "conflicting_versions",
]


def run(source: Path, target: Path) -> None:
    """Read the delivery in `source` and write the four files into `target`."""
    feeds = json.loads((source / "feeds.json").read_text(encoding="utf-8"))["feeds"]
    for feed in feeds:
        with (source / feed["file"]).open(encoding=feed["encoding"]) as handle:
            print(f"{feed['file']}: {sum(1 for _ in handle) - 1} rows")
    # Yours: orders.csv, daily_revenue.csv, quarantine.csv and summary.json in `target`.


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--in", dest="source", type=Path, required=True, help="folder of one delivery"
    )
    parser.add_argument(
        "--out", dest="target", type=Path, required=True, help="folder for the results"
    )
    options = parser.parse_args()
    options.target.mkdir(parents=True, exist_ok=True)
    run(options.source, options.target)


if __name__ == "__main__":
    main()
