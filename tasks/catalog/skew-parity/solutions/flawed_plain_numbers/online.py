"""Scores of one request."""

import re

from features import vectors
from scoring import load_model, probabilities


NUMBER = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?)\s*")
NUMBERS = ("weight_kg", "distance_km", "value_eur", "attempts")


def read(cell):
    if not isinstance(cell, str):
        return cell
    found = NUMBER.fullmatch(cell)
    return float(found[1]) if found else None


def prepare(rows, model):
    """Put numbers that come as text into JSON's form."""
    return [row | {name: read(row.get(name)) for name in NUMBERS} for row in rows]



def score(rows, model_path):
    """Return one score for each row, in their order."""
    model = load_model(model_path)
    return probabilities(vectors(prepare(rows, model), model), model)
