"""The request path as it is deployed: right code, code that only looks wrong, and what was injected.

Each cause has three states. `bug` is wrong. `odd` looks wrong and is right: a literal that equals
the model's value, a rounding beyond the digits that occur, a set that is built and not used. `plain`
is right and looks it. What no state changes is in the text itself: a number or a category in a form
that it does not know is quietly taken for missing or unseen (`unread_form`).
"""

import numpy as np

LOUD = ("log_twice", "feature_order", "codes_refit")
"""One of these is always injected: an incident that shows on nearly every row."""
QUIET = ("request_mean", "weekday_zone", "clip_bounds", "rounding", "stale_lookup", "default_fill")
ALWAYS = "unread_form"

TEXT = '''
|"""Score parcels at checkout, as deployed.
|
|    score(rows, model_path)    one score for each row
|    vectors(rows, model)       what the model is handed, in its order
|"""
|
|import json
|import math
|from datetime import UTC, datetime
|from pathlib import Path
|from zoneinfo import ZoneInfo
|
|DEPOTS = json.loads(
|    (Path(__file__).parent / "depots.json").read_text()
|)
{constants}
|
|
|def number(row, name):
|    try:
|        return float(row.get(name))
|    except (TypeError, ValueError):
|        return None
|
|
|def clip(value, low, high):
|    return min(max(value, low), high)
|
|
|def scaled(value, spec):
|    if spec["log"]:
|        return math.log1p(value)
|    return value
|
|
|def kinds(rows, name):
|    return sorted({{str(row.get(name)) for row in rows}})
|
|
|def codes_of(rows, name, spec):
|    names = spec["names"]
{codes}
|
|
|def weight(row, spec):
|    value = number(row, "weight_kg")
|    if value is None:
|        value = spec["fill"]
{weight}
|    value = clip(value, spec["low"], spec["high"])
|    return scaled(value, spec)
|
|
|def distance(row, rows, spec):
|    value = number(row, "distance_km")
|    if value is None:
{distance}
|    low, high = {bounds}
|    return scaled(clip(value, low, high), spec)
|
|
|def worth(row, spec):
|    value = number(row, "value_eur")
|    if value is None:
|        value = spec["fill"]
|    value = clip(value, spec["low"], spec["high"])
{worth}
|
|
|def attempts(row, spec):
|    value = number(row, "attempts")
|    if value is None:
|        value = {attempts}
|    value = clip(value, spec["low"], spec["high"])
|    return scaled(value, spec)
|
|
|def weekday(row, model):
|    stamp = row["booked_at"]
|    moment = datetime.fromisoformat(stamp)
{weekday}
|    return model["weekdays"][moment.weekday()]
|
|
|def vectors(rows, model):
|    numbers = model["numbers"]
|    dwellings = codes_of(
|        rows, "dwelling", model["categories"]["dwelling"]
|    )
|    services = model["categories"]["service"]
|    depots = model["depots"]
|    found = []
|    for row in rows:
|        service = row.get("service")
|        named = {{
|            "weight_kg": weight(row, numbers["weight_kg"]),
|            "distance_km": distance(
|                row, rows, numbers["distance_km"]
|            ),
|            "value_eur": worth(row, numbers["value_eur"]),
|            "attempts": attempts(row, numbers["attempts"]),
|            "dwelling": dwellings.get(
|                row.get("dwelling"),
|                model["categories"]["dwelling"]["unseen"],
|            ),
|            "service": services["names"].index(service)
|            if service in services["names"]
|            else services["unseen"],
|            "depot": {depots}.get(
|                row.get("depot"), depots["unseen"]
|            ),
|            "weekday": weekday(row, model),
|        }}
|        found.append([named[name] for name in {order}])
|    return found
|
|
|def score(rows, model_path):
|    model = json.loads(Path(model_path).read_text())
|    weights = model["weights"]
|    centre, scale = model["centre"], model["scale"]
|    scores = []
|    for values in vectors(rows, model):
|        logit = model["intercept"]
|        for place, value in enumerate(values):
|            moved = (value - centre[place]) / scale[place]
|            logit += weights[place] * moved
|        scores.append(1 / (1 + math.exp(-logit)))
|    return scores
'''

KNOWN = """
|        known = [number(one, "distance_km") for one in rows]
|        known = [one for one in known if one is not None]
"""
SEEN = '|    seen = kinds(rows, "dwelling")'
ZONED = '|    moment = moment.astimezone(ZoneInfo(model["zone"]))'


def choose(rng: np.random.Generator) -> dict[str, str]:
    """Return the state of each cause: four are injected, one of them loud; three only look odd."""
    bugs = [str(rng.choice(LOUD)), *map(str, rng.choice(QUIET, size=3, replace=False))]
    rest = [name for name in (*LOUD, *QUIET) if name not in bugs]
    odd = set(map(str, rng.choice(rest, size=3, replace=False)))
    return {
        name: "bug" if name in bugs else "odd" if name in odd else "plain" for name in (*LOUD, *QUIET)
    }


def causes(states: dict[str, str]) -> list[str]:
    """Return the true root causes."""
    return sorted([ALWAYS, *(name for name, state in states.items() if state == "bug")])


def source(states: dict[str, str], model: dict, rng: np.random.Generator) -> str:
    """Return the text of the deployed module."""
    spec = model["numbers"]["distance_km"]
    high = round(spec["fill"] + 0.55 * (spec["high"] - spec["fill"]), 1)
    constants, order = order_of(states["feature_order"], model)
    parts = {
        "constants": constants,
        "order": order,
        "codes": codes_of(states["codes_refit"]),
        "weight": {"bug": "|    value = round(value, 1)", "odd": "|    value = round(value, 4)"}.get(
            states["rounding"], "|"
        ),
        "distance": {
            "bug": KNOWN + '|        total = sum(known)\n|        value = total / len(known) if known else spec["fill"]',
            "odd": KNOWN + '|        share = len(known) / len(rows)\n|        value = spec["fill"] if share < 1 else 0.0',
        }.get(states["request_mean"], '|        value = spec["fill"]'),
        "bounds": {"bug": f"{spec['low']!r}, {high!r}", "odd": f"{spec['low']!r}, {spec['high']!r}"}.get(
            states["clip_bounds"], 'spec["low"], spec["high"]'
        ),
        "worth": {
            "bug": "|    return scaled(math.log1p(value), spec)",
            "odd": "|    value = math.expm1(math.log1p(value))\n|    return scaled(value, spec)",
        }.get(states["log_twice"], "|    return scaled(value, spec)"),
        "attempts": {"bug": "0.0", "odd": repr(model["numbers"]["attempts"]["fill"])}.get(
            states["default_fill"], 'spec["fill"]'
        ),
        "weekday": {
            "bug": str(rng.choice(["|    moment = moment.astimezone(UTC)", "|    moment = moment.replace(tzinfo=UTC)"])),
            "odd": "|    moment = moment.astimezone(UTC)\n" + ZONED,
        }.get(states["weekday_zone"], ZONED),
        "depots": 'depots["rates"]' if states["stale_lookup"] == "plain" else "DEPOTS",
    }
    lines = TEXT.format(**parts).splitlines()
    return "\n".join(line.removeprefix("|").rstrip() for line in lines if line) + "\n"


def order_of(state: str, model: dict) -> tuple[str, str]:
    names = {"bug": sorted(model["features"]), "odd": model["features"]}.get(state)
    if names is None:
        return "|", 'model["features"]'
    listed = "".join(f"\n|    {name!r}," for name in names).replace("'", '"')
    return f"ORDER = [{listed}\n|]", "ORDER"


def codes_of(state: str) -> str:
    refit = "|    return {one: code for code, one in enumerate(seen)}"
    kept = "|    seen = [one for one in seen if one in names]\n|    return {one: names.index(one) for one in seen}"
    plain = "|    return {one: code for code, one in enumerate(names)}"
    return {"bug": f"{SEEN}\n{refit}", "odd": f"{SEEN}\n{kept}"}.get(state, plain)
