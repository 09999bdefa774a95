"""Scores of one request."""

from features import vectors
from scoring import load_model, probabilities


def score(rows, model_path):
    """Return the scores of the parcels, in their order."""
    model = load_model(model_path)
    parcels = {row["parcel_id"]: row for row in rows}
    return probabilities(vectors(list(parcels.values()), model), model)
