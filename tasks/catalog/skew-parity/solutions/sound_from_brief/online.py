"""The path of checkout: how likely is it that a parcel's first delivery attempt fails?

`score` answers one request with the probabilities of its rows, in their order. It knows nothing but the rows and the
model that the path names; the model is read anew each time, since the next call may name another.
"""

from features import vectors
from scorer import load_model, score_vector


def score(rows, model_path):
    model = load_model(model_path)
    return [score_vector(vector, model) for vector in vectors(rows, model)]
