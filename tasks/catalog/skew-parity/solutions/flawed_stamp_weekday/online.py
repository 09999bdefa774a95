"""Scores of one request."""

from datetime import datetime
from zoneinfo import ZoneInfo

from features import vectors
from scoring import load_model, probabilities


def prepare(rows, model):
    """Take the clock that the client shows: that is the day on which the customer booked."""
    zone = ZoneInfo(model["zone"])
    return [row | {"booked_at": shown(row["booked_at"], zone)} for row in rows]


def shown(stamp, zone):
    return datetime.fromisoformat(stamp).replace(tzinfo=zone).isoformat()



def score(rows, model_path):
    """Return one score for each row, in their order."""
    model = load_model(model_path)
    return probabilities(vectors(prepare(rows, model), model), model)
