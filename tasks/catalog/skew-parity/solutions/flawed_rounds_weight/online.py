"""Scores of one request."""

from features import vectors
from reading import read_number
from scoring import load_model, probabilities


def prepare(rows, model):
    """Ten grams are as good as a scale at a counter gets."""
    weights = [read_number(row.get("weight_kg")) for row in rows]
    rounded = [None if weight is None else round(weight, 2) for weight in weights]
    return [row | {"weight_kg": weight} for row, weight in zip(rows, rounded)]



def score(rows, model_path):
    """Return one score for each row, in their order."""
    model = load_model(model_path)
    return probabilities(vectors(prepare(rows, model), model), model)
