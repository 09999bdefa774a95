"""Forecasts what each shop sells per day: python forecast.py --in DATA --out OUT."""

import argparse
from pathlib import Path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--in", dest="data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    raise NotImplementedError(f"read {arguments.data / 'counts.csv'}, write {arguments.out / 'forecast.csv'}")


if __name__ == "__main__":
    main()
