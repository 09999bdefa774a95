"""Scores of one request."""

import csv
from pathlib import Path

from features import vectors
from scoring import load_model, probabilities


def prepare(rows, model_path):
    """Insist on the columns of training: a row that lacks one was made for another model."""
    with (Path(model_path).parent / "training.csv").open(encoding="utf-8") as handle:
        columns = set(next(csv.reader(handle))) - {"failed"}
    return [{name: row.get(name) for name in columns} for row in rows]



def score(rows, model_path):
    """Return one score for each row, in their order."""
    model = load_model(model_path)
    return probabilities(vectors(prepare(rows, model_path), model), model)
