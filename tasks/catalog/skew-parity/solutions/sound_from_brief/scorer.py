"""What both paths share beside the features: the model file, and the step from features to scores."""

import json
import math

SCHEMA = 3
NUMBERS = ["weight_kg", "distance_km", "value_eur", "attempts"]
CATEGORIES = ["dwelling", "service"]


def load_model(path):
    with open(path, encoding="utf-8") as handle:
        model = json.load(handle)
    if model["schema"] != SCHEMA:
        raise ValueError(f"model {path} has schema {model['schema']}, this code reads {SCHEMA}")
    return model


def score_vector(vector, model):
    logit = model["intercept"]
    for value, weight, centre, scale in zip(vector, model["weights"], model["centre"], model["scale"], strict=True):
        logit += weight * (value - centre) / scale
    return 1 / (1 + math.exp(-logit))
