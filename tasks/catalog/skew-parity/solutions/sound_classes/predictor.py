"""A model, and the scores that it gives to features."""

import json
from pathlib import Path

import numpy as np


class Predictor:
    def __init__(self, path):
        self.model = json.loads(Path(path).read_text(encoding="utf-8"))
        if self.model["schema"] != 3:
            raise ValueError(f"{path}: schema {self.model['schema']} is not ours")
        self.weights, self.centre, self.scale = (np.array(self.model[key]) for key in ("weights", "centre", "scale"))

    def scores(self, vectors):
        if not vectors:
            return []
        logits = self.model["intercept"] + ((np.array(vectors) - self.centre) / self.scale) @ self.weights
        return (1 / (1 + np.exp(-logits))).tolist()
