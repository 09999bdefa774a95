"""Cross-validates the candidate models and times their answers: python compare.py --data data"""

import argparse
import time
from pathlib import Path

import numpy as np

from history import read_history
from models import boosted_trees  # before the rest of scikit-learn: it sets the number of threads

from sklearn.compose import make_column_transformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

REPEATS = 20


def candidates(categorical: list[bool]) -> dict:
    numeric = [not is_category for is_category in categorical]
    columns = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore"), categorical),
        (make_pipeline(SimpleImputer(add_indicator=True), StandardScaler()), numeric),
    )
    return {
        "logistic regression": make_pipeline(columns, LogisticRegression(max_iter=1000)),
        "forest of 200": RandomForestClassifier(200, min_samples_leaf=10, random_state=0),
        "reference, 100 x 8 leaves": boosted_trees(categorical, 100, 8, 0.1, 1.0),
        "300 x 8, rate 0.05": boosted_trees(categorical, 300, 8, 0.05),
        "600 x 3, rate 0.1": boosted_trees(categorical, 600, 3, 0.1),
        "300 x 4, rate 0.1": boosted_trees(categorical, 300, 4, 0.1),
        "150 x 4, rate 0.15": boosted_trees(categorical, 150, 4, 0.15),
        "150 x 5, rate 0.15 (served)": boosted_trees(categorical),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    history = read_history(parser.parse_args().data)
    X, y = history.X, history.y
    folds = list(StratifiedKFold(5, shuffle=True, random_state=0).split(X, y))
    for name, model in candidates(history.categorical).items():
        aucs, losses = [], []
        for train, test in folds:
            p = model.fit(X[train], y[train]).predict_proba(X[test])[:, 1]
            aucs.append(roc_auc_score(y[test], p))
            losses.append(log_loss(y[test], p))
        started = time.perf_counter()
        for _ in range(REPEATS):
            model.predict_proba(X[:64])
        milliseconds = 1000 * (time.perf_counter() - started) / REPEATS
        error = np.std(aucs, ddof=1) / len(aucs) ** 0.5
        print(
            f"{name:28s} AUC {np.mean(aucs):.4f} +- {error:.4f}, log loss {np.mean(losses):.4f}, "
            f"64 rows in {milliseconds:.1f} ms",
            flush=True,
        )


if __name__ == "__main__":
    main()
