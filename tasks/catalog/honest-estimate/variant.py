"""Make one candidate's deliveries and the truth about them.

A delivery has several fleets. Their names, keys, targets and units hang on the seed, and no two fleets
of a candidate have the same; the units of a fleet hang on the seed and the fleet. `fresh_changed` is
`fresh` with other readings of one unit in each fleet.
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
from fleet import Fleet, change_one_unit, draw_fleet

NOUNS = ("pump", "kiln", "chiller", "crane", "boiler", "fan", "mixer", "lift", "dryer", "furnace")
KEYS = ("{}_no", "{}_id", "{}", "{}_tag", "id_{}")
TARGETS = (
    ("energy", "kWh", 30.0), ("energy", "MJ", 110.0), ("water", "l", 700.0), ("water", "m3", 7.0), ("oil", "ml", 190.0),
    ("noise", "Pa", 15.0), ("heat", "W", 3900.0), ("wear", "um", 50.0), ("gas", "kg", 9.0), ("air", "l/min", 360.0),
)
READINGS = ((3, 14), (6, 24))  # least and most of one unit
ID_FORMS = ("{:05d}", "U{:05d}", "{:05d}")
SCENARIOS = {"public": range(3), "fresh": range(3, 7), "fresh_changed": range(3, 7)}
NAMES_STREAM, FLEET_STREAM, CHANGE_STREAM = 1, 2, 3


def draw_fleets(seed: int) -> list[Fleet]:
    """Draw names and shapes of all fleets of a candidate."""
    rng = np.random.default_rng([seed, NAMES_STREAM])
    nouns, targets = rng.permutation(NOUNS), rng.permutation(len(TARGETS))
    fleets = []
    for number, noun in enumerate(nouns[: SCENARIOS["fresh"].stop]):
        target, unit, scale = TARGETS[targets[number]]
        least, most = READINGS[number % len(READINGS)]
        fleets.append(Fleet(
            name=f"{noun}s",
            key=KEYS[rng.integers(0, len(KEYS))].format(noun),
            target=target,
            unit=unit,
            scale=float(scale * rng.uniform(0.7, 1.4)),
            old=int(rng.integers(185, 216)),
            least_readings=least,
            most_readings=most,
            id_form=ID_FORMS[number % len(ID_FORMS)],
        ))
    return fleets


def write_csv(frame: pd.DataFrame, path: Path) -> None:
    """Write UTF-8 with Unix line ends on every platform."""
    frame.to_csv(path, index=False, lineterminator="\n", encoding="utf-8")


def write_json(content: object, path: Path) -> None:
    """Write indented JSON."""
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def generate(seed: int, scenario: str, public: Path, truth: Path) -> dict[str, object]:
    """Write one delivery into `public` and its truth into `truth`."""
    fleets, told, counts, changed = draw_fleets(seed), [], [], {}
    for number in SCENARIOS[scenario]:
        fleet = fleets[number]
        tables = draw_fleet(np.random.default_rng([seed, FLEET_STREAM, number]), fleet)
        if scenario == "fresh_changed":
            tables, changed[fleet.name] = change_one_unit(np.random.default_rng([seed, CHANGE_STREAM, number]), fleet, tables)
        (public / fleet.name).mkdir()
        for name in ("register", "readings", "new_register", "new_readings"):
            write_csv(getattr(tables, name), public / fleet.name / f"{name}.csv")
        for name in ("units", "outcomes"):
            write_csv(getattr(tables, name), truth / f"{fleet.name}_{name}.csv")
        told.append({"fleet": fleet.name, "key": fleet.key, "target": fleet.target, "unit": fleet.unit})
        counts.append({"ids": len(tables.register), "readings": len(tables.readings), "new_units": len(tables.new_register)})
    write_json(told, public / "fleets.json")
    write_json(changed, truth / "changed.json")
    return {
        "fleets": [one | count for one, count in zip(told, counts, strict=True)],
        "told": told[:1],
        "first": told[0]["fleet"],
        "unseen_fleets": len(SCENARIOS["fresh"]),
    }
