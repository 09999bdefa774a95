"""Fits an additive model and writes it as curves in JSON, which numpy can evaluate alone.

Each number gets a piecewise linear curve over its quantiles, each level a weight: enough for effects
that rise and fall, and small enough to be read by a person.
"""

import argparse
import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score

KNOTS = 24


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--model", type=Path, required=True)
    arguments = parser.parse_args()

    schema = json.loads((arguments.data / "schema.json").read_text())
    history = pd.read_csv(arguments.data / "train.csv", dtype=str, keep_default_na=False)
    labels = history[schema["target"]].astype(int).to_numpy()
    terms = [make_term(feature, history[feature["name"]]) for feature in schema["features"]]
    design = np.hstack([block for _, block in terms])
    model = LogisticRegression(C=0.5, max_iter=1000)
    auc = cross_val_score(model, design, labels, cv=4, scoring="roc_auc")
    print(f"AUC in 4 folds: {auc.mean():.4f} +- {auc.std():.4f}")
    model.fit(design, labels)

    weights = iter(model.coef_[0])
    exported = []
    for term, block in terms:
        share = [next(weights) for _ in range(block.shape[1])]
        exported.append(export(term, share))
    arguments.model.parent.mkdir(parents=True, exist_ok=True)
    document = {"intercept": float(model.intercept_[0]), "terms": exported}
    arguments.model.write_text(json.dumps(document, allow_nan=False))


def make_term(feature: dict, raw: pd.Series) -> tuple[dict, np.ndarray]:
    """Return the feature with its knots and its columns of the design matrix."""
    if feature["type"] == "category":
        spelled = raw.str.strip().str.lower().to_numpy()
        block = (spelled[:, None] == np.array(feature["levels"])[None, :]).astype(float)
        return feature, block
    values = pd.to_numeric(raw, errors="coerce").to_numpy(dtype=float)
    gap = np.isnan(values)
    knots = np.unique(np.quantile(values[~gap], np.linspace(0.005, 0.995, KNOTS)))
    ramps = np.clip((values[:, None] - knots[:-1]) / np.diff(knots), 0.0, 1.0)
    return feature | {"knots": knots.tolist()}, np.column_stack([np.where(gap[:, None], 0.0, ramps), gap])


def export(term: dict, weights: list[float]) -> dict:
    """Turn the weights into what is added to the log odds: per level, or per knot and for a gap."""
    if term["type"] == "category":
        return term | {"levels": dict(zip(term["levels"], weights, strict=True))}
    heights = [0.0, *np.cumsum(weights[:-1]).tolist()]
    assert len(heights) == len(term["knots"]) and all(map(math.isfinite, heights))
    return term | {"heights": heights, "gap": weights[-1]}


if __name__ == "__main__":
    main()
