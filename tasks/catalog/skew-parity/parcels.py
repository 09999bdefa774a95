"""Draw parcels, the model that was trained on some, and the forms in which clients send them."""

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import numpy as np
import scoring
from scoring import CATEGORIES, NUMBERS

SCHEMA = 3
ZONES = ("Asia/Tokyo", "Australia/Brisbane", "America/Chicago", "America/Sao_Paulo", "Asia/Kolkata", "Asia/Dubai")
DWELLINGS = ("house", "flat", "office", "farm", "shop", "dorm", "hotel", "school")
SERVICES = ("standard", "express", "evening", "economy", "locker")
FEATURES = (*NUMBERS, *CATEGORIES, "depot", "weekday")
UNITS = {"weight_kg": "kg", "distance_km": "km", "value_eur": "EUR"}
FIRST_DAY = datetime(2026, 1, 5, tzinfo=UTC)
OFFSETS_H = (-8, -5, -3, 1, 3, 5.5, 9, 10)


@dataclass(frozen=True)
class World:
    """What there is to draw from, in one place and time."""

    zone: str
    dwellings: tuple[str, ...]
    services: tuple[str, ...]
    depots: tuple[str, ...]
    effects: dict[str, dict | float]


def draw_world(rng: np.random.Generator) -> World:
    dwellings, services = pick(rng, DWELLINGS, 5), pick(rng, SERVICES, 3)
    depots = tuple(f"D{number:03d}" for number in rng.choice(900, size=12, replace=False))
    spread = {"dwelling": dwellings, "service": services, "depot": depots, "weekday": range(7)}
    effects: dict[str, dict | float] = {
        name: dict(zip(keys, rng.permutation(np.linspace(-0.9, 0.9, len(keys))).tolist(), strict=True))
        for name, keys in spread.items()
    }
    signs = rng.choice([-1, 1], size=len(NUMBERS)) * rng.uniform(0.4, 0.8, size=len(NUMBERS))
    effects |= dict(zip(NUMBERS, signs.tolist(), strict=True))
    return World(str(rng.choice(ZONES)), dwellings, services, depots, effects)


def one_of(rng: np.random.Generator, some):
    """Return one of a sequence; much faster than `rng.choice` on text."""
    return some[int(rng.integers(len(some)))]


def pick(rng: np.random.Generator, names: tuple[str, ...], count: int) -> tuple[str, ...]:
    return tuple(str(name) for name in rng.choice(names, size=count, replace=False))


def draw_parcel(rng: np.random.Generator, world: World, number: int) -> dict:
    """Return one clean parcel; some of its values are missing."""
    parcel = {
        "parcel_id": f"P{number:06d}",
        "booked_at": FIRST_DAY + timedelta(minutes=int(rng.integers(0, 80 * 1440))),
        "weight_kg": round(float(rng.lognormal(0.9, 0.8)) + 0.05, 3),
        "distance_km": round(float(rng.gamma(2.0, 7.0)) + 0.3, 1),
        "value_eur": round(float(rng.lognormal(3.6, 1.0)) + 1, 2),
        "attempts": float(rng.poisson(1.3)),
        "dwelling": one_of(rng, world.dwellings),
        "service": one_of(rng, world.services),
        "depot": one_of(rng, world.depots),
    }
    for name, share in (("distance_km", 0.13), ("attempts", 0.12), ("weight_kg", 0.03), ("value_eur", 0.03)):
        if rng.random() < share:
            parcel[name] = None
    for name, share in (("dwelling", 0.03), ("service", 0.02), ("depot", 0.02)):
        if rng.random() < share:
            parcel[name] = None
    return parcel


def with_strangers(rng: np.random.Generator, parcel: dict, world: World) -> dict:
    """Return the parcel, now and then with a category or depot that training did not have."""
    strange = {
        "dwelling": [name for name in DWELLINGS if name not in world.dwellings],
        "service": [name for name in SERVICES if name not in world.services],
        "depot": ["D950", "D951", "D952"],
    }
    return parcel | {name: one_of(rng, some) for name, some in strange.items() if rng.random() < 0.03}


# The model


def label(rng: np.random.Generator, parcel: dict, world: World) -> int:
    """Return whether the first attempt failed."""
    logs = {"weight_kg": (0.9, 0.8), "value_eur": (3.6, 1.0)}
    logit = -0.6
    for name in NUMBERS:
        value = parcel[name]
        if value is None:
            continue
        if name in logs:
            moved = (math.log(value) - logs[name][0]) / logs[name][1]
        else:
            moved = (value - 14) / 10 if name == "distance_km" else value - 1.3
        logit += world.effects[name] * max(-2.5, min(2.5, moved))
    for name in (*CATEGORIES, "depot"):
        logit += world.effects[name].get(parcel[name], 0.0)
    logit += world.effects["weekday"][parcel["booked_at"].astimezone(ZoneInfo(world.zone)).weekday()]
    return int(rng.random() < 1 / (1 + math.exp(-logit)))


def train(rng: np.random.Generator, parcels: list[dict], labels: list[int], world: World) -> dict:
    """Return a model: statistics of the training table, and logistic weights fitted on its features."""
    weekday = [parcel["booked_at"].astimezone(ZoneInfo(world.zone)).weekday() for parcel in parcels]
    rates = {name: group_rates([one[name] for one in parcels], labels) for name in (*CATEGORIES, "depot")}
    days = group_rates(weekday, labels)
    model = {
        "schema": SCHEMA,
        "zone": world.zone,
        "features": shuffled(rng),
        "numbers": {name: number_spec(rng, name, parcels) for name in NUMBERS},
        "categories": {
            name: {
                "names": sorted(rates[name], key=rates[name].__getitem__),
                "unseen": int(rng.choice([-1, len(rates[name])])),
            }
            for name in CATEGORIES
        },
        "depots": {"rates": dict(sorted(rates["depot"].items())), "unseen": round(float(np.mean(labels)), 4)},
        "weekdays": [round(days[day] + day * 1e-4, 4) for day in range(7)],
    }
    matrix = np.array([scoring.vector(parcel, model) for parcel in parcels])
    centre, scale = matrix.mean(axis=0).round(4), matrix.std(axis=0).round(4)
    weights = logistic((matrix - centre) / scale, np.array(labels, dtype=float)).round(5).tolist()
    model |= {"weights": weights[1:], "centre": centre.tolist(), "scale": scale.tolist(), "intercept": weights[0]}
    return model


def shuffled(rng: np.random.Generator) -> list[str]:
    """Return an order of the features in which hardly one stands where the alphabet has it."""
    while True:
        names = [str(name) for name in rng.permutation(FEATURES)]
        if sum(one == other for one, other in zip(names, sorted(names), strict=True)) <= 1:
            return names


def number_spec(rng: np.random.Generator, name: str, parcels: list[dict]) -> dict:
    values = np.array([parcel[name] for parcel in parcels if parcel[name] is not None])
    low, high = np.quantile(values, [0.01, 0.985]).round(1).tolist()
    is_log = name == "value_eur" or (name == "distance_km" and rng.random() < 0.5)
    fill = round(float(np.mean(values)), 2) if name == "attempts" else round(float(np.median(values)), 1)
    return {"fill": fill, "low": low, "high": high, "log": bool(is_log)}


def group_rates(keys: list, labels: list[int]) -> dict:
    """Return the rate of each key but the missing one, drawn a little to the middle."""
    overall = sum(labels) / len(labels)
    groups: dict = {}
    for key, one in zip(keys, labels, strict=True):
        if key is not None:
            groups.setdefault(key, []).append(one)
    return {key: round((sum(some) + 10 * overall) / (len(some) + 10), 4) for key, some in groups.items()}


def logistic(matrix: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return intercept and weights, by Newton's method with a little ridge."""
    design = np.column_stack([np.ones(len(matrix)), matrix])
    weights = np.zeros(design.shape[1])
    for _ in range(7):
        chance = 1 / (1 + np.exp(-design @ weights))
        hessian = design.T @ (design * (chance * (1 - chance))[:, None]) + np.eye(len(weights))
        weights += np.linalg.solve(hessian, design.T @ (labels - chance) - weights)
    return weights


def next_model(rng: np.random.Generator, model: dict) -> dict:
    """Return a model of the same schema that says something else about everything."""
    order = [str(name) for name in rng.permutation(model["features"])]
    places = [model["features"].index(name) for name in order]
    changed = {name: spec | {"log": name == "weight_kg"} for name, spec in model["numbers"].items()}
    return model | {
        "features": order,
        "numbers": changed,
        "categories": {
            name: spec | {"names": [*spec["names"][1:], spec["names"][0]]} for name, spec in model["categories"].items()
        },
        "weekdays": [*model["weekdays"][1:], model["weekdays"][0]],
        "weights": [round(1.3 * model["weights"][place], 5) for place in places],
        "centre": [model["centre"][place] for place in places],
        "scale": [model["scale"][place] for place in places],
    }


# What clients send


def draw_forms(rng: np.random.Generator) -> dict[str, str]:
    """Return which number has a decimal comma, which its unit, and which category is in capitals.

    The category is never the one whose codes may be refitted: there a name in capitals gets a code.
    """
    comma, unit = rng.choice(list(UNITS), size=2, replace=False)
    return {"comma": str(comma), "unit": str(unit), "capitals": "service"}


def stamp(moment: datetime, offset_h: float | None) -> str:
    """Return an instant as text, with Z or at an offset in hours."""
    if offset_h is None:
        return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return moment.astimezone(timezone(timedelta(hours=offset_h))).isoformat()


def as_request(parcel: dict, offset_h: float | None) -> dict:
    """Return a parcel as it is sent by a client without peculiarities: missing is null."""
    row = dict(parcel) | {"booked_at": stamp(parcel["booked_at"], offset_h)}
    if row["attempts"] is not None:
        row["attempts"] = int(row["attempts"])
    return row


def plain_text(value: float) -> str:
    return f"{value:.10g}"


def in_comma(row: dict, forms: dict) -> dict:
    value = row.get(forms["comma"])
    return row if value is None else row | {forms["comma"]: plain_text(value).replace(".", ",")}


def in_unit(row: dict, forms: dict) -> dict:
    name = forms["unit"]
    return row if row.get(name) is None else row | {name: f"{plain_text(row[name])} {UNITS[name]}"}


def in_capitals(row: dict, forms: dict) -> dict:
    name = forms["capitals"]
    return row if row.get(name) is None else row | {name: row[name].upper()}


def sent_by(client: str, parcel: dict, forms: dict, zone: str) -> dict:
    """Return a parcel as one of the four clients sends it."""
    local = parcel["booked_at"].astimezone(ZoneInfo(zone)).utcoffset().total_seconds() / 3600
    match client:
        case "app":
            return as_request(parcel, local)
        case "web":
            row = as_request(parcel, None)
            return row | {name: "" if row[name] is None else plain_text(row[name]) for name in NUMBERS}
        case "kiosk":
            row = in_capitals(in_comma(as_request(parcel, local), forms), forms)
        case _:
            row = in_unit(as_request(parcel, 1 if local > 2 else 9), forms)
    return {name: value for name, value in row.items() if value is not None}


def is_unread(client: str, parcel: dict, forms: dict, model: dict) -> bool:
    """Return whether a value is there that the deployed path takes for missing or unseen."""
    if client == "partner":
        return parcel[forms["unit"]] is not None
    known = parcel[forms["capitals"]] in model["categories"][forms["capitals"]]["names"]
    return client == "kiosk" and (known or has_point(parcel[forms["comma"]]))


def has_point(value: float | None) -> bool:
    """Return whether a number is written with decimals; without, a decimal comma is not seen."""
    return value is not None and "." in plain_text(value)
