"""Reads the history, repairs what can be repaired, and counts what was wrong."""

import csv
import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from features import read_cell


@dataclass
class History:
    features: list[dict]
    X: np.ndarray
    y: np.ndarray
    violating_rows: int
    violations: Counter  # (feature, what is wrong) -> cells

    @property
    def categorical(self) -> list[bool]:
        return [feature["type"] == "category" for feature in self.features]


def read_history(folder: Path) -> History:
    schema = json.loads((folder / "schema.json").read_text(encoding="utf-8"))
    features, target = schema["features"], schema["target"]
    X, y, violations, violating_rows = [], [], Counter(), 0
    with (folder / "train.csv").open(encoding="utf-8", newline="") as file:
        for record in csv.DictReader(file):
            values, wrong = [], []
            for feature in features:
                value, problem = read_cell(record[feature["name"]], feature)
                values.append(value)
                if problem:
                    wrong.append((feature["name"], problem))
            has_label = record[target] in ("0", "1")
            if has_label:
                X.append(values)
                y.append(int(record[target]))
            else:
                wrong.append((target, "no label: row dropped"))
            violations.update(wrong)
            violating_rows += bool(wrong)
    return History(features, np.array(X), np.array(y), violating_rows, violations)
