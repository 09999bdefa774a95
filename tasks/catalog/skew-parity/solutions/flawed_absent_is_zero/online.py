"""Scores of one request."""

from features import vectors
from scoring import load_model, probabilities


def prepare(rows, model):
    """Who has never been tried has no attempts."""
    return [row | {"attempts": row.get("attempts", 0)} for row in rows]



def score(rows, model_path):
    """Return one score for each row, in their order."""
    model = load_model(model_path)
    return probabilities(vectors(prepare(rows, model), model), model)
