"""Command line of the monitor: fit on reference weeks, check the weeks after them."""

import argparse
import json
from pathlib import Path

from watch import judge, learn
from weeks import read_reference, read_weeks


def fit(options: argparse.Namespace) -> None:
    listed = json.loads((options.data / "features.json").read_text(encoding="utf-8"))
    learned = learn.learn(listed, read_reference(options.data / "reference.csv"))
    options.state.write_text(json.dumps(learned), encoding="utf-8")


def check(options: argparse.Namespace) -> None:
    learned = json.loads(options.state.read_text(encoding="utf-8"))
    report = judge.report(learned, read_weeks(options.weeks))
    text = json.dumps(report, indent=2, allow_nan=False)
    (options.out / "alerts.json").write_text(text + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(required=True)
    for name, function, places in (("fit", fit, ["data", "state"]), ("check", check, ["weeks", "state", "out"])):
        command = commands.add_parser(name)
        command.set_defaults(function=function)
        for place in places:
            command.add_argument(f"--{place}", type=Path, required=True)
    options = parser.parse_args()
    options.function(options)


if __name__ == "__main__":
    main()
