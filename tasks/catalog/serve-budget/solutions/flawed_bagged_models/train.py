"""Fits the model on the history and writes everything the service needs into one artefact."""

import argparse
import json
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
from features import encode
from sklearn.ensemble import BaggingClassifier, HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score

HOLDOUT_SHARE = 0.2
MODELS = 40


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--model", type=Path, required=True)
    arguments = parser.parse_args()

    schema = json.loads((arguments.data / "schema.json").read_text())
    rows, labels = read_history(arguments.data / "train.csv", schema)
    matrix = encode(rows, schema["features"])

    held_out = np.random.default_rng(0).random(len(labels)) < HOLDOUT_SHARE
    trial = new_model(schema, models=1).fit(matrix[~held_out], labels[~held_out])
    auc = roc_auc_score(labels[held_out], trial.predict_proba(matrix[held_out])[:, 1])
    print(f"AUC on {held_out.sum()} held-out rows: {auc:.4f}")

    model = new_model(schema, models=MODELS).fit(matrix, labels)
    arguments.model.parent.mkdir(parents=True, exist_ok=True)
    joblib.dump({"features": schema["features"], "model": model}, arguments.model, compress=3)
    print(f"{arguments.model}: {arguments.model.stat().st_size} bytes")


def read_history(path: Path, schema: dict) -> tuple[list[dict], np.ndarray]:
    """Return the rows as requests would carry them; what cannot be repaired is left out."""
    history = pd.read_csv(path, dtype=str, keep_default_na=False)
    usable = pd.Series(True, index=history.index)
    columns = {}
    for feature in schema["features"]:
        raw = history[feature["name"]]
        if feature["type"] == "category":
            raw = raw.str.strip().str.lower()
            valid = raw.isin(feature["levels"])
            columns[feature["name"]] = raw
        else:
            columns[feature["name"]] = pd.to_numeric(raw, errors="coerce")
            valid = columns[feature["name"]].notna()
        usable &= valid | ((raw == "") & feature["nullable"])
    print(f"{(~usable).sum()} of {len(history)} rows left out: they violate the schema")
    kept = pd.DataFrame(columns)[usable].astype(object)
    kept = kept.where(kept.notna() & (kept != ""), None)
    return kept.to_dict("records"), history.loc[usable, schema["target"]].astype(int).to_numpy()


def new_model(schema: dict, models: int) -> BaggingClassifier:
    categorical = [feature["type"] == "category" for feature in schema["features"]]
    one = HistGradientBoostingClassifier(
        max_iter=100,
        learning_rate=0.1,
        max_leaf_nodes=8,
        early_stopping=False,
        categorical_features=categorical,
        random_state=0,
    )
    return BaggingClassifier(one, n_estimators=models, max_samples=0.5, bootstrap=False, random_state=0)


if __name__ == "__main__":
    main()
