"""Trains the model: python train.py --data DATA --model model/model.bin

A skeleton that runs: the "model" is the base rate of the history.
"""

import argparse
import csv
import json
from pathlib import Path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--model", type=Path, required=True)
    arguments = parser.parse_args()

    schema = json.loads((arguments.data / "schema.json").read_text(encoding="utf-8"))
    with (arguments.data / "train.csv").open(encoding="utf-8", newline="") as file:
        labels = [int(row[schema["target"]]) for row in csv.DictReader(file)]

    artefact = {"features": schema["features"], "base_rate": sum(labels) / len(labels)}
    arguments.model.parent.mkdir(parents=True, exist_ok=True)
    arguments.model.write_text(json.dumps(artefact), encoding="utf-8")


if __name__ == "__main__":
    main()
