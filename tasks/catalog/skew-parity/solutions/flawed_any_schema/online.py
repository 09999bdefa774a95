"""Scores of one request."""

import json

from features import vectors
from scoring import probabilities


def score(rows, model_path):
    """Return one score for each row, in their order."""
    with open(model_path, encoding="utf-8") as handle:
        model = json.load(handle)
    return probabilities(vectors(rows, model), model)
