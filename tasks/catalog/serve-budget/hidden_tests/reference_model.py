"""The quality a plain boosted model reaches on the same history: what a submission is compared with."""

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score


def reference_auc(history_csv: object, schema: dict, rows: list[dict], labels: np.ndarray) -> float:
    """Return the area under the ROC curve on the hidden rows; a cell the schema refuses counts as a gap."""
    history = pd.read_csv(history_csv, dtype=str, keep_default_na=False)
    model = HistGradientBoostingClassifier(
        max_iter=100, learning_rate=0.1, max_leaf_nodes=8, early_stopping=False, random_state=0
    )
    model.fit(_matrix(history, schema["features"]), history[schema["target"]].astype(int))
    scores = model.predict_proba(_matrix(pd.DataFrame(rows), schema["features"]))[:, 1]
    return float(roc_auc_score(labels, scores))


def _matrix(frame: pd.DataFrame, features: list[dict]) -> np.ndarray:
    columns = []
    for feature in features:
        cells = frame[feature["name"]]
        if feature["type"] == "category":
            codes = {level: code for code, level in enumerate(feature["levels"])}
            columns.append(cells.map(codes).to_numpy(dtype=float))
        else:
            columns.append(pd.to_numeric(cells, errors="coerce").to_numpy(dtype=float))
    return np.column_stack(columns)
