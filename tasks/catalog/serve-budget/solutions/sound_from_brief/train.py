"""Trains the model: python train.py --data DATA --model model/model.bin"""

import argparse
from pathlib import Path

import joblib

from history import read_history
from models import boosted_trees


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--model", type=Path, required=True)
    arguments = parser.parse_args()

    history = read_history(arguments.data)
    print(f"{len(history.y)} rows to train on, {history.violating_rows} rows violated the schema")
    for (feature, problem), cells in sorted(history.violations.items()):
        print(f"  {feature}: {problem}: {cells}")

    model = boosted_trees(history.categorical).fit(history.X, history.y)

    arguments.model.parent.mkdir(parents=True, exist_ok=True)
    joblib.dump({"features": history.features, "model": model}, arguments.model)
    print(f"wrote {arguments.model}, {arguments.model.stat().st_size / 2**20:.2f} MiB")


if __name__ == "__main__":
    main()
