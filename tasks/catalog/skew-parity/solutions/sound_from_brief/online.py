"""Score parcels at checkout: the chance that the first delivery attempt fails.

score(rows, model_path)    one score for each row
"""

from features import vectors
from scorer import load_model, score_vector


def score(rows, model_path):
    model = load_model(model_path)
    return [score_vector(vector, model) for vector in vectors(rows, model)]
