"""What the batch path says about a parcel: the reference, one parcel at a time.

A parcel is clean here: numbers are floats or None, categories and depots are text or None, and
`booked_at` is an aware datetime.
"""

import math
from datetime import datetime
from zoneinfo import ZoneInfo

NUMBERS = ("weight_kg", "distance_km", "value_eur", "attempts")
CATEGORIES = ("dwelling", "service")


def vector(parcel: dict, model: dict) -> list[float]:
    """Return the features in the model's order, not yet standardised."""
    named = {name: number(parcel[name], model["numbers"][name]) for name in NUMBERS}
    named |= {name: code(parcel[name], model["categories"][name]) for name in CATEGORIES}
    depots = model["depots"]
    named["depot"] = depots["rates"].get(parcel["depot"], depots["unseen"])
    named["weekday"] = weekday(parcel["booked_at"], model)
    return [float(named[name]) for name in model["features"]]


def number(value: float | None, spec: dict) -> float:
    """Fill, then clip, then take the logarithm where the model does."""
    filled = spec["fill"] if value is None else value
    clipped = min(max(filled, spec["low"]), spec["high"])
    return math.log1p(clipped) if spec["log"] else clipped


def code(value: str | None, spec: dict) -> int:
    return spec["names"].index(value) if value in spec["names"] else spec["unseen"]


def weekday(moment: datetime, model: dict) -> float:
    return model["weekdays"][moment.astimezone(ZoneInfo(model["zone"])).weekday()]


def probability(features: list[float], model: dict) -> float:
    """Return the chance that the first attempt fails."""
    columns = zip(model["weights"], features, model["centre"], model["scale"], strict=True)
    logit = model["intercept"] + sum(weight * (x - centre) / scale for weight, x, centre, scale in columns)
    return 1 / (1 + math.exp(-logit))


def score(parcel: dict, model: dict) -> float:
    return probability(vector(parcel, model), model)
