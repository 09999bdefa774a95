"""The model that is served; compare.py holds the measurements that chose it."""

import os

# One CPU is a quota, which OpenMP does not see: without this it starts a thread per core of the host.
os.environ.setdefault("OMP_NUM_THREADS", "1")

from sklearn.ensemble import HistGradientBoostingClassifier  # noqa: E402


def boosted_trees(
    categorical: list[bool], trees: int = 150, leaves: int = 5, learning_rate: float = 0.15, max_features: float = 0.5
) -> HistGradientBoostingClassifier:
    return HistGradientBoostingClassifier(
        max_iter=trees,
        max_leaf_nodes=leaves,
        learning_rate=learning_rate,
        max_features=max_features,
        categorical_features=categorical,
        early_stopping=False,
        random_state=0,
    )
