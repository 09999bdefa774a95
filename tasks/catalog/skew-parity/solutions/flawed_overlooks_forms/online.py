"""Scores of one request."""

from features import vectors
from scoring import load_model, probabilities


def score(rows, model_path):
    """Return one score for each row, in their order."""
    model = load_model(model_path)
    return probabilities(vectors(rows, model), model)
