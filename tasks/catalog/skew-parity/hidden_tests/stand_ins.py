"""Online paths in the place of the candidate's: one that is right, the others wrong in one way each.

They have the briefed function, import nothing of the candidate's, and read every form that any log has.
"""

TEXT = '''"""Online scores: in the place of the candidate's online.py."""
import json
import math
from datetime import datetime, timezone
from zoneinfo import ZoneInfo

WRONG = "@WRONG@"
PADDING = "@PADDING@"  # no two of these files have one size, so that no cached code is taken for another's
NUMBERS = ("weight_kg", "distance_km", "value_eur", "attempts")


def read_number(cell):
    if isinstance(cell, str):
        words = cell.strip().split()
        if not words:
            return None
        if WRONG == "unread_form" and "," in words[0]:
            return None
        cell = words[0].replace(",", ".")
    return None if cell is None else float(cell)


def read_name(cell):
    return cell.strip().lower() if isinstance(cell, str) else cell


def made_number(name, value, companions, spec):
    if value is None:
        value = spec["fill"]
        if WRONG == "default_fill" and name == "attempts":
            value = 0.0
        if WRONG == "request_mean" and name == "distance_km" and companions:
            value = sum(companions) / len(companions)
    high = spec["high"]
    if WRONG == "clip_bounds" and name == "distance_km":
        high = spec["fill"] + 0.7 * (high - spec["fill"])
    value = max(spec["low"], min(high, value))
    if spec["log"]:
        value = math.log1p(value)
        if WRONG == "log_twice":
            value = math.log1p(value)
    return value


def codes(names, cells):
    if WRONG == "codes_refit":
        present = [name for name in names if name in cells]
        return {name: place for place, name in enumerate(present)}
    return {name: place for place, name in enumerate(names)}


def rates_of(depots):
    moved = 0.02 if WRONG == "stale_lookup" else 0.0
    return {name: rate + moved * (place % 3 == 0) for place, (name, rate) in enumerate(sorted(depots["rates"].items()))}


def score(rows, model_path):
    with open(model_path, encoding="utf-8") as handle:
        model = json.load(handle)
    if model["schema"] != 3:
        raise ValueError("another schema")
    zone = timezone.utc if WRONG == "weekday_zone" else ZoneInfo(model["zone"])
    table = [{name: read_number(row.get(name)) for name in NUMBERS} for row in rows]
    distances = [values["distance_km"] for values in table if values["distance_km"] is not None]
    kinds = {name: [read_name(row.get(name)) for row in rows] for name in model["categories"]}
    coded = {name: codes(spec["names"], kinds[name]) for name, spec in model["categories"].items()}
    rates = rates_of(model["depots"])
    order = sorted(model["features"]) if WRONG == "feature_order" else model["features"]
    scores = []
    for place, row in enumerate(rows):
        made = {name: made_number(name, table[place][name], distances, model["numbers"][name]) for name in NUMBERS}
        for name, spec in model["categories"].items():
            made[name] = coded[name].get(kinds[name][place], spec["unseen"])
        made["depot"] = rates.get(row.get("depot"), model["depots"]["unseen"])
        moment = datetime.fromisoformat(row["booked_at"].strip().replace("Z", "+00:00"))
        made["weekday"] = model["weekdays"][moment.astimezone(zone).weekday()]
        logit = model["intercept"]
        for name, weight, centre, scale in zip(order, model["weights"], model["centre"], model["scale"]):
            logit += weight * (made[name] - centre) / scale
        chance = 1 / (1 + math.exp(-logit))
        scores.append(round(chance, 4) if WRONG == "rounding" else chance)
    return scores
'''

WRONGS = (
    "right",
    "log_twice",
    "feature_order",
    "clip_bounds",
    "default_fill",
    "stale_lookup",
    "weekday_zone",
    "rounding",
    "unread_form",
    "request_mean",
    "codes_refit",
)


def stand_in(wrong: str) -> bytes:
    """Return the text of an online path that is wrong in this way, or in none (`right`)."""
    padding = "." * (20 * WRONGS.index(wrong))
    return TEXT.replace("@WRONG@", wrong).replace("@PADDING@", padding).encode()
