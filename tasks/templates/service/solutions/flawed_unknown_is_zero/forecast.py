"""Forecasts what each shop sells per day: the mean of the days that were counted."""

import argparse
import csv
from pathlib import Path
from statistics import fmean

OFFLINE = -1


def last_counts(rows: list[dict[str, str]]) -> dict[tuple[str, str], int]:
    """Return the count that was sent last, for each shop and day."""
    in_order = sorted(rows, key=lambda row: row["sent_at"])
    return {(row["shop"], row["day"]): int(row["sold"]) for row in in_order}


def forecasts(counts: dict[tuple[str, str], int]) -> dict[str, float]:
    """Return the mean of each shop's days, without those on which its till was offline."""
    days: dict[str, list[int]] = {}
    for (shop, _), sold in counts.items():
        days.setdefault(shop, []).append(sold)
    return {shop: fmean([sold for sold in every if sold != OFFLINE] or [0]) for shop, every in days.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--in", dest="data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    with (arguments.data / "counts.csv").open(newline="", encoding="utf-8") as file:
        counts = last_counts(list(csv.DictReader(file)))
    with (arguments.out / "forecast.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["shop", "per_day"])
        writer.writerows((shop, f"{value:.3f}") for shop, value in forecasts(counts).items())


if __name__ == "__main__":
    main()
