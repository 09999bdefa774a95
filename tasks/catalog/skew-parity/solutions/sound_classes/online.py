from features import vectors
from predictor import Predictor


def score(rows, model_path):
    predictor = Predictor(model_path)
    return predictor.scores(vectors(rows, predictor.model))
