"""Scores of one request."""

from features import vectors
from reading import read_name
from scoring import load_model, probabilities


def prepare(rows, model):
    """Refuse what the model was not trained on: better no score than a guess."""
    for row in rows:
        for name, spec in model["categories"].items():
            kind = read_name(row.get(name))
            if kind is not None and kind not in spec["names"]:
                raise ValueError(f"{name} {kind!r} is unknown to the model")
    return rows



def score(rows, model_path):
    """Return one score for each row, in their order."""
    model = load_model(model_path)
    return probabilities(vectors(prepare(rows, model), model), model)
