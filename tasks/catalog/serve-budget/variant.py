"""Makes one candidate's history, schema and hidden rows for the serving task."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.random import Generator

TRAIN_ROWS = 12_000
HIDDEN_ROWS = 3_000
NUMBERS = 8
INTEGERS = 2
CATEGORIES = 3
LOGIT_SPREAD = 2.0
NULLABLE_NUMBERS = 3
BAD_NUMBER = "ERR"

# The effect of each number on the log odds. Half of them no straight line can follow.
SHAPES = (
    ("linear", 0.9),
    ("linear", 0.5),
    ("valley", 0.8),
    ("valley", 0.6),
    ("band", 1.6),
    ("step", 0.8),
    ("wave", 0.7),
    ("none", 0.0),
)

DOMAINS = (
    {
        "entity": "parcel",
        "question": "will the parcel arrive after its promised day?",
        "target": ("late", "arrived_late", "missed_promise"),
        "numbers": (
            "distance_km", "weight_kg", "volume_l", "declared_value", "hub_load", "wind_speed",
            "pickup_delay_min", "route_density", "fuel_index", "slot_width_h", "detour_ratio", "dock_wait_min",
        ),
        "integers": ("items", "hubs_passed", "earlier_attempts", "floor", "labels_printed"),
        "categories": {
            "carrier": ("north", "swift", "orbit", "mule", "heron", "delta", "quay"),
            "service_level": ("economy", "standard", "express", "night", "pallet", "return"),
            "region": ("coast", "hills", "valley", "city", "border", "islands", "plain"),
            "packaging": ("box", "bag", "tube", "crate", "envelope", "pouch"),
            "pickup_kind": ("depot", "shop", "locker", "home", "office", "dock"),
        },
    },
    {
        "entity": "payment",
        "question": "will the payment be charged back within 90 days?",
        "target": ("charged_back", "disputed", "chargeback"),
        "numbers": (
            "amount", "account_age_days", "basket_ratio", "minutes_on_page", "geo_distance_km", "velocity_1h",
            "velocity_24h", "discount_share", "balance_before", "typing_speed", "risk_index", "refund_share",
        ),
        "integers": ("cards_on_file", "logins_today", "items", "address_changes", "failed_attempts"),
        "categories": {
            "channel": ("web", "app", "phone", "kiosk", "partner", "mail"),
            "card_kind": ("debit", "credit", "prepaid", "virtual", "corporate", "gift"),
            "country_group": ("home", "near", "far", "island", "overseas", "unlisted"),
            "merchant_group": ("travel", "fashion", "games", "grocer", "tools", "media", "sport"),
            "device": ("android", "ios", "linux", "tablet", "desktop", "console"),
        },
    },
    {
        "entity": "machine",
        "question": "will the machine need an unplanned repair within 14 days?",
        "target": ("repair", "failed_soon", "breakdown"),
        "numbers": (
            "temperature_c", "vibration_mm_s", "pressure_bar", "current_a", "oil_level", "humidity",
            "spindle_load", "cycle_time_s", "torque_nm", "noise_db", "flow_rate", "voltage_drop",
        ),
        "integers": ("starts_today", "alarms_week", "tool_changes", "shifts_since_service", "operators"),
        "categories": {
            "site": ("brno", "graz", "lund", "porto", "turin", "essen", "gdansk"),
            "model_line": ("alpha", "bravo", "cargo", "dyna", "ergo", "flux"),
            "coolant": ("water", "oil", "air", "glycol", "mist", "none_fitted"),
            "duty": ("light", "normal", "heavy", "continuous", "standby"),
            "firmware": ("v2", "v3", "v4", "v5", "v6", "v7"),
        },
    },
    {
        "entity": "appointment",
        "question": "will the patient miss the appointment?",
        "target": ("no_show", "missed", "absent"),
        "numbers": (
            "lead_time_days", "travel_km", "age", "slot_hour", "waiting_list_days", "rain_mm",
            "reminder_gap_h", "fee_share", "visit_minutes", "distance_to_stop_m", "message_ratio", "load_index",
        ),
        "integers": ("earlier_visits", "earlier_misses", "reschedules", "calls_made", "open_referrals"),
        "categories": {
            "clinic": ("east", "west", "harbour", "park", "station", "campus", "mill"),
            "referral": ("self", "practice", "ward", "school", "court", "insurer"),
            "booking": ("phone", "portal", "desk", "letter", "app", "fax"),
            "language": ("lang_a", "lang_b", "lang_c", "lang_d", "lang_e"),
            "visit_kind": ("first", "control", "therapy", "imaging", "blood", "advice"),
        },
    },
)


def generate(seed: int, scenario: str, public: Path, truth: Path) -> dict[str, object]:
    """Write schema.json, train.csv and example_request.json, and the hidden rows with their labels."""
    if scenario != "public":
        raise ValueError(f"unknown scenario {scenario!r}")
    rng = np.random.default_rng([seed, 0x5E7E])
    domain = DOMAINS[rng.integers(len(DOMAINS))]
    columns = _choose_columns(rng, domain)
    target = str(rng.choice(domain["target"]))
    frame, label = _draw(rng, columns, TRAIN_ROWS + HIDDEN_ROWS)
    features = [column["schema"] for column in columns]

    train = frame.iloc[:TRAIN_ROWS].copy()
    train.insert(0, "row_id", rng.permutation(np.arange(TRAIN_ROWS) + int(rng.integers(10**6, 10**7))))
    train[target] = label[:TRAIN_ROWS]
    violating = _spoil(rng, train, features)
    train.to_csv(public / "train.csv", index=False, lineterminator="\n")
    schema = {"entity": domain["entity"], "id": "row_id", "target": target, "features": features}
    _write_json(public / "schema.json", schema, indent=2)

    hidden = _as_rows(frame.iloc[TRAIN_ROWS:], features)
    labels = [int(value) for value in label[TRAIN_ROWS:]]
    example = _example_rows(_as_rows(frame.iloc[:400], features))
    _write_json(public / "example_request.json", {"rows": example}, indent=1)
    _write_json(truth / "hidden_rows.json", {"rows": hidden, "labels": labels})
    _write_json(truth / "facts.json", {"violating_train_rows": violating})
    return {
        "entity": domain["entity"],
        "question": domain["question"],
        "target": target,
        "train_rows": TRAIN_ROWS,
        "feature_count": len(features),
        "example_row": json.dumps(example[0]),
    }


def _choose_columns(rng: Generator, domain: dict) -> list[dict]:
    """Return the columns in their final order: the public schema of each and how to draw it."""
    numbers = rng.choice(domain["numbers"], NUMBERS, replace=False)
    integers = rng.choice([name for name in domain["integers"] if name not in numbers], INTEGERS, replace=False)
    categories = rng.choice(sorted(domain["categories"]), CATEGORIES, replace=False)
    columns = []
    for position, (name, shape) in enumerate(zip(numbers, rng.permutation(len(SHAPES)), strict=True)):
        schema = {"name": str(name), "type": "number", "nullable": position < NULLABLE_NUMBERS}
        columns.append({"schema": schema, "shape": SHAPES[shape]})
    for name in integers:
        columns.append({"schema": {"name": str(name), "type": "integer", "nullable": False}})
    for position, name in enumerate(categories):
        pool = domain["categories"][str(name)]
        levels = rng.choice(pool, int(rng.integers(4, len(pool) + 1)), replace=False)
        schema = {"name": str(name), "type": "category", "nullable": position == 0}
        columns.append({"schema": schema | {"levels": [str(level) for level in levels]}})
    return [columns[index] for index in rng.permutation(len(columns))]


def _draw(rng: Generator, columns: list[dict], rows: int) -> tuple[pd.DataFrame, np.ndarray]:
    logit = np.zeros(rows)
    cells = {}
    for column in columns:
        schema = column["schema"]
        match schema["type"]:
            case "number":
                values, effect = _draw_number(rng, column["shape"], rows)
            case "integer":
                values, effect = _draw_integer(rng, rows)
            case _:
                values, effect = _draw_category(rng, schema["levels"], rows)
        series = pd.Series(values)
        if schema["nullable"]:
            gone = rng.random(rows) < rng.uniform(0.03, 0.08)
            series = series.mask(gone)
            effect = np.where(gone, effect.mean(), effect)
        cells[schema["name"]] = series
        logit += effect
    logit = (logit - logit.mean()) / logit.std() * LOGIT_SPREAD + rng.uniform(-1.6, -0.8)
    label = (rng.random(rows) < 1 / (1 + np.exp(-logit))).astype(int)
    return pd.DataFrame(cells), label


def _draw_number(rng: Generator, shape: tuple[str, float], rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Return values in some unit and their effect on the log odds."""
    z = rng.normal(size=rows)
    kind, strength = shape
    strength *= rng.uniform(0.9, 1.1) * rng.choice([-1.0, 1.0])
    centre = rng.uniform(-0.3, 0.3)
    match kind:
        case "linear":
            effect = z
        case "valley":
            effect = np.minimum((z - centre) ** 2, 5.0)
        case "band":
            effect = (np.abs(z - centre) < 0.6).astype(float)
        case "step":
            effect = np.tanh(4 * (z - centre))
        case "wave":
            effect = np.sin(2.2 * (z - centre))
        case _:
            effect = np.zeros(rows)
    unit = 10.0 ** rng.uniform(0, 2)
    match int(rng.integers(3)):
        case 0:
            values = unit * (rng.uniform(3, 6) + z)
        case 1:
            values = unit * np.exp(rng.uniform(0.4, 0.8) * z)
        case _:
            values = unit * 10 / (1 + np.exp(-1.7 * z))
    return np.round(values, 3), strength * effect


def _draw_integer(rng: Generator, rows: int) -> tuple[np.ndarray, np.ndarray]:
    values = rng.poisson(rng.uniform(1.5, 6.0), rows)
    strength = rng.uniform(0.25, 0.4) * rng.choice([-1.0, 1.0])
    return values, strength * (np.minimum(values, 8) - values.mean()) / values.std()


def _draw_category(rng: Generator, levels: list[str], rows: int) -> tuple[np.ndarray, np.ndarray]:
    share = rng.dirichlet(np.full(len(levels), 6.0))
    codes = rng.choice(len(levels), rows, p=share)
    effects = rng.permutation(np.linspace(-0.8, 0.8, len(levels)))
    return np.array(levels, dtype=object)[codes], effects[codes]


def _spoil(rng: Generator, train: pd.DataFrame, features: list[dict]) -> int:
    """Plant cells that violate the schema in the history; returns how many rows have one."""
    violating = np.zeros(len(train), dtype=bool)
    category = next(f["name"] for f in features if f["type"] == "category" and not f["nullable"])
    spelled = rng.random(len(train)) < rng.uniform(0.008, 0.02)
    how = rng.integers(2, size=len(train))
    clean = train[category].astype(str)
    train.loc[spelled & (how == 0), category] = clean.str.upper()
    train.loc[spelled & (how == 1), category] = clean + " "
    violating |= spelled
    number = next(f["name"] for f in features if f["type"] == "number" and not f["nullable"])
    broken = rng.random(len(train)) < rng.uniform(0.003, 0.008)
    train[number] = train[number].astype(object)
    train.loc[broken, number] = BAD_NUMBER
    violating |= broken
    return int(violating.sum())


def _as_rows(frame: pd.DataFrame, features: list[dict]) -> list[dict[str, object]]:
    """Return the rows as JSON values: null for a gap, whole numbers for integers."""
    columns = []
    for feature in features:
        convert = {"number": float, "integer": int, "category": str}[feature["type"]]
        columns.append([None if pd.isna(value) else convert(value) for value in frame[feature["name"]]])
    names = [feature["name"] for feature in features]
    return [dict(zip(names, cells, strict=True)) for cells in zip(*columns, strict=True)]


def _example_rows(rows: list[dict[str, object]]) -> list[dict[str, object]]:
    """Return three rows, the second with a gap."""
    complete = [row for row in rows if None not in row.values()]
    gappy = next(row for row in rows if None in row.values())
    return [complete[0], gappy, complete[1]]


def _write_json(path: Path, value: object, indent: int | None = None) -> None:
    path.write_text(json.dumps(value, indent=indent) + "\n", encoding="utf-8")
