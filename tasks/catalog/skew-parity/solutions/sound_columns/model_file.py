import json
import math

SCHEMA = 3
PARTS = ("weights", "centre", "scale")


class ForeignModelError(ValueError):
    """The artefact was written for other code."""


def load_model(path):
    with open(path, encoding="utf-8") as handle:
        model = json.load(handle)
    if model.get("schema") != SCHEMA:
        raise ForeignModelError(f"{path} has schema {model.get('schema')}, this code reads {SCHEMA}")
    return model


def scores_of(vectors, model):
    return [score_of(vector, model) for vector in vectors]


def score_of(vector, model):
    logit = model["intercept"]
    for value, weight, centre, scale in zip(vector, *(model[part] for part in PARTS), strict=True):
        logit += weight * (value - centre) / scale
    return 1 / (1 + math.exp(-logit))
