"""Nightly wear scores.

python nightly.py run  --night DATE --reference REF --drop DROP --state STATE --out OUT
python nightly.py asof --night DATE --state STATE --out OUT
"""

import argparse
import csv
from pathlib import Path


def run(night: str, reference: Path, drop: Path, state: Path, out: Path) -> None:
    """Take in the drop and write the night's four files into `out`."""
    with (drop / "manifest.csv").open(encoding="utf-8", newline="") as handle:
        print(f"{night}: {sum(1 for _ in csv.DictReader(handle))} deliveries")
    # Yours: published.csv, rejected.csv, overdue.csv and summary.json in `out`.


def asof(night: str, state: Path, out: Path) -> None:
    """Write `asof.csv` into `out`: every day's table as it stood published after that night."""
    # Yours.


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("run", "asof"):
        command = commands.add_parser(name)
        command.add_argument("--night", required=True, help="YYYY-MM-DD")
        command.add_argument("--state", type=Path, required=True, help="the job's own folder")
        command.add_argument("--out", type=Path, required=True, help="folder for the results")
        if name == "run":
            command.add_argument("--reference", type=Path, required=True, help="registers and rules")
            command.add_argument("--drop", type=Path, required=True, help="what has landed")
    options = parser.parse_args()
    if options.command == "run":
        run(options.night, options.reference, options.drop, options.state, options.out)
    else:
        asof(options.night, options.state, options.out)


if __name__ == "__main__":
    main()
