"""Exit with 0 if requests and export give the same features: python parity_test.py --data DATA"""

import argparse
import json
import sys
from pathlib import Path

from batch import read_export
from features import vectors
from scoring import load_model


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", required=True, type=Path)
    data = parser.parse_args().data
    model = load_model(data / "model.json")
    export = {row["parcel_id"]: row for row in read_export(data / "parcels.csv")}
    logged = [json.loads(line)["rows"] for line in (data / "requests.jsonl").read_text().splitlines()]
    rows = [row for group in logged for row in group]
    due = vectors([export[row["parcel_id"]] for row in rows], model)
    if vectors(rows, model) != due:
        sys.exit("features differ")


if __name__ == "__main__":
    main()
