"""Watch the weekly inputs of a model: python monitor.py fit|check, see the brief."""

import argparse
import csv
import json
from pathlib import Path


def fit(data: Path, state: Path) -> None:
    """Learn from DATA/features.json and DATA/reference.csv and write the state."""
    listed = json.loads((data / "features.json").read_text(encoding="utf-8"))
    # Yours: what is usual for each feature, and how far it strays from that.
    state.write_text(json.dumps(listed), encoding="utf-8")


def check(weeks: Path, state: Path, out: Path) -> None:
    """Hold every week in WEEKS against the state and write OUT/alerts.json."""
    json.loads(state.read_text(encoding="utf-8"))
    seen = []
    for path in sorted(weeks.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as handle:
            seen.append({"week": path.stem, "requests": sum(1 for _ in csv.DictReader(handle))})
    # Yours: the alerts.
    document = {"weeks": seen, "alerts": []}
    (out / "alerts.json").write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    fitting = commands.add_parser("fit")
    fitting.add_argument("--data", type=Path, required=True)
    fitting.add_argument("--state", type=Path, required=True)
    checking = commands.add_parser("check")
    checking.add_argument("--weeks", type=Path, required=True)
    checking.add_argument("--state", type=Path, required=True)
    checking.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    if options.command == "fit":
        fit(options.data, options.state)
    else:
        check(options.weeks, options.state, options.out)


if __name__ == "__main__":
    main()
