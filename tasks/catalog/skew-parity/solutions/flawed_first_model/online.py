"""Scores of one request; the model is read once."""

from features import vectors
from scoring import load_model, probabilities

_loaded = []


def score(rows, model_path):
    """Return one score for each row, in their order."""
    if not _loaded:
        _loaded.append(load_model(model_path))
    return probabilities(vectors(rows, _loaded[0]), _loaded[0])
