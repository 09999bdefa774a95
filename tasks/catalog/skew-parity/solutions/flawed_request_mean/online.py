"""Scores of one request."""

from features import vectors
from reading import read_number
from scoring import load_model, probabilities


def prepare(rows, model):
    """Fill missing distances from the parcels that are booked together: they go to one door."""
    known = [value for value in (read_number(row.get("distance_km")) for row in rows) if value is not None]
    if not known:
        return rows
    mean = sum(known) / len(known)
    gone = [read_number(row.get("distance_km")) is None for row in rows]
    return [row | {"distance_km": mean} if is_gone else row for row, is_gone in zip(rows, gone)]



def score(rows, model_path):
    """Return one score for each row, in their order."""
    model = load_model(model_path)
    return probabilities(vectors(prepare(rows, model), model), model)
