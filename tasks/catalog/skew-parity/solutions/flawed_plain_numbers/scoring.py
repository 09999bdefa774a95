"""The model: reading it, and from features to a score."""

import json
import math

SCHEMA = 3


def load_model(path):
    """Read a model; one of another schema is refused."""
    with open(path, encoding="utf-8") as handle:
        model = json.load(handle)
    if model["schema"] != SCHEMA:
        raise ValueError(f"model {path} has schema {model['schema']}, this code reads {SCHEMA}")
    return model


def probabilities(vectors, model):
    """Return the chance of a failed attempt for each vector."""
    parts = list(zip(model["weights"], model["centre"], model["scale"], strict=True))
    scores = []
    for vector in vectors:
        terms = (weight * (x - centre) / scale for x, (weight, centre, scale) in zip(vector, parts, strict=True))
        scores.append(1 / (1 + math.exp(-(model["intercept"] + sum(terms)))))
    return scores
