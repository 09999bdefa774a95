"""One half for every row."""


def score(rows, model_path):
    return [0.5 for _ in rows]
