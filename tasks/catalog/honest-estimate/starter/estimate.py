"""Predict new units of every fleet and promise the error: python estimate.py --in DATA --out OUT."""

import argparse
import json
from pathlib import Path

import pandas as pd


def run(source: Path, target: Path) -> None:
    """Read the delivery in `source` and write the four files into `target`."""
    for fleet in json.loads((source / "fleets.json").read_text(encoding="utf-8")):
        folder = source / fleet["fleet"]
        register = pd.read_csv(folder / "register.csv", dtype={fleet["key"]: str})
        readings = pd.read_csv(folder / "readings.csv", dtype={fleet["key"]: str})
        print(f"{fleet['fleet']}: {len(register)} ids, {len(readings)} readings of {fleet['target']} in {fleet['unit']}")
    # Yours: predictions.csv, validation.csv, aliases.csv and estimate.json in `target`.


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--in", dest="source", type=Path, required=True, help="folder of one delivery")
    parser.add_argument("--out", dest="target", type=Path, required=True, help="folder for the results")
    options = parser.parse_args()
    options.target.mkdir(parents=True, exist_ok=True)
    run(options.source, options.target)


if __name__ == "__main__":
    main()
