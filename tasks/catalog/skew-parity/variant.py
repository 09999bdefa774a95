"""Make one candidate's incident: a model, a log of requests, the nightly export, the deployed path.

`fresh` is another such delivery, of which the hidden rows are; each set of them shows one difficulty
and no other. `alone` has model and export of `fresh` and nothing else. The forms in which clients send
numbers and categories are those of the candidate's own log in all scenarios.
"""

import csv
import json
from datetime import UTC, timedelta
from pathlib import Path
from types import ModuleType
from zoneinfo import ZoneInfo

import deployed
import numpy as np
import parcels
import scoring
from parcels import OFFSETS_H, as_request, one_of
from scoring import CATEGORIES, NUMBERS

STREAMS = {"public": 0, "fresh": 1, "alone": 1}
FORMS_STREAM = 2
TRAINED = 900
LOGGED = 330
UNLOGGED = 60
TOLERANCE = 1e-6
COLUMNS = ["parcel_id", "booked_at", *NUMBERS, *CATEGORIES, "depot"]
WEIGHT_DECIMALS = 2
MISSING = (None, "", "absent")


def write_json(path: Path, value: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, indent=1) + "\n", encoding="utf-8")


def write_export(path: Path, rows: list[dict], extra: dict[str, list] | None = None) -> None:
    """Write parcels as the nightly export has them: instants in UTC, missing cells empty."""
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow([*COLUMNS, *(extra or {})])
        for place, row in enumerate(rows):
            shown = row | {"booked_at": parcels.stamp(row["booked_at"], None)}
            cells = ["" if shown[name] is None else shown[name] for name in COLUMNS]
            cells = [parcels.plain_text(cell) if isinstance(cell, float) else cell for cell in cells]
            writer.writerow([*cells, *(column[place] for column in (extra or {}).values())])


# The incident


def write_parcels(rng: np.random.Generator, public: Path, world) -> list[dict]:
    """Write the nightly export; return the parcels behind it in the order in which they are sent."""
    numbers = rng.permutation(900_000)[: LOGGED + UNLOGGED] + 100_000
    rows = [parcels.draw_parcel(rng, world, int(number)) for number in numbers]
    rows = [parcels.with_strangers(rng, row, world) for row in rows]
    write_export(public / "parcels.csv", [rows[place] for place in rng.permutation(len(rows))])
    return rows


def write_deployed(rng: np.random.Generator, public: Path, model: dict) -> list[str]:
    """Write the request path as it is deployed; return what is wrong with it."""
    states = deployed.choose(rng)
    folder = public / "deployed"
    write_json(folder / "depots.json", old_depots(rng, model, is_current=states["stale_lookup"] == "odd"))
    (folder / "online.py").write_text(deployed.source(states, model, rng), encoding="utf-8")
    return deployed.causes(states)


def old_depots(rng: np.random.Generator, model: dict, *, is_current: bool) -> dict:
    rates = model["depots"]["rates"]
    if is_current:
        return dict(rates)
    moved = set(rng.choice(sorted(rates), size=5, replace=False).tolist())
    return {name: round(rate + 0.03 + 0.05 * rng.random(), 4) if name in moved else rate for name, rate in rates.items()}


def write_log(rng: np.random.Generator, public: Path, world, model: dict, forms: dict, rows: list[dict]) -> dict:
    """Write the requests with the scores that the deployed code gave; return counts."""
    module = load_module(public / "deployed" / "online.py")
    lines, apart, unread, largest, place = [], 0, 0, 0.0, 0
    while place < LOGGED:
        size = min(one_of(rng, (1, 1, 2, 3, 5, 8, 12)), LOGGED - place)
        group, place = rows[place : place + size], place + size
        client = one_of(rng, ("app", "web", "kiosk", "partner"))
        sent = [parcels.sent_by(client, parcel, forms, world.zone) for parcel in group]
        scores = module.score(sent, public / "model.json")
        lines.append({"client": client, "rows": sent, "scores": scores})
        gaps = [abs(score - scoring.score(parcel, model)) for score, parcel in zip(scores, group, strict=True)]
        apart += sum(gap > TOLERANCE for gap in gaps)
        largest = max([largest, *gaps])
        unread += sum(parcels.is_unread(client, parcel, forms, model) for parcel in group)
    text = "".join(json.dumps(line) + "\n" for line in lines)
    (public / "requests.jsonl").write_text(text, encoding="utf-8")
    return {"requests": len(lines), "apart": apart, "unread": unread, "largest": largest}


def load_module(path: Path) -> ModuleType:
    """Import our own deployed module, leaving no cache file beside it."""
    module = ModuleType("deployed_online")
    module.__file__ = str(path)
    exec(compile(path.read_text(encoding="utf-8"), path.name, "exec"), module.__dict__)
    return module


# Hidden rows


class Plain:
    """Draws parcels without any difficulty, and what makes one of them difficult."""

    def __init__(self, rng: np.random.Generator, world, model: dict) -> None:
        self.rng, self.world, self.model = rng, world, model
        self.number = 0

    def parcel(self) -> dict:
        """Return one with all values, inside the bounds, with few digits."""
        self.number += 1
        parcel = None
        while parcel is None or None in parcel.values():
            parcel = parcels.draw_parcel(self.rng, self.world, self.number)
        for name in NUMBERS:
            spec = self.model["numbers"][name]
            inside = spec["low"] + (0.05 + 0.9 * self.rng.random()) * (spec["high"] - spec["low"])
            parcel[name] = round(inside, {"attempts": 0, "distance_km": 1}.get(name, WEIGHT_DECIMALS))
        return parcel

    def row(self, parcel: dict) -> dict:
        """Return its request, at an hour and an offset for which all clocks show the same weekday."""
        while True:
            parcel["booked_at"] = parcels.FIRST_DAY + timedelta(minutes=int(self.rng.integers(0, 115_200)))
            offset = one_of(self.rng, OFFSETS_H)
            if len(set(self.weekdays(parcel, offset))) == 1:
                return as_request(parcel, offset)

    def weekdays(self, parcel: dict, offset: float) -> tuple[int, int, int]:
        """Return the weekday in the model's zone, in UTC and on the stamp."""
        moment = parcel["booked_at"]
        in_zone = moment.astimezone(ZoneInfo(self.model["zone"])).weekday()
        return in_zone, moment.astimezone(UTC).weekday(), (moment + timedelta(hours=offset)).weekday()

    def pairs(self, count: int) -> list[tuple[dict, dict]]:
        found = [self.parcel() for _ in range(count)]
        return [(self.row(parcel), parcel) for parcel in found]

    def at_its_limits(self) -> tuple[dict, dict]:
        """Return one with grams, and with a number beyond its bounds."""
        parcel = self.parcel()
        parcel["weight_kg"] = round(parcel["weight_kg"] + float(self.rng.choice([0.003, 0.004, 0.007])), 3)
        name = str(self.rng.choice(["distance_km", "value_eur", "attempts", "weight_kg", "none"]))
        if name != "none":
            spec = self.model["numbers"][name]
            beyond = spec["high"] * (1.2 + self.rng.random()) + 1
            parcel[name] = float(round(beyond)) if self.rng.random() < 0.7 else round(spec["low"] * 0.5, 2)
        if name == "attempts":
            parcel[name] = float(round(parcel[name]))
        return self.row(parcel), parcel

    def lacking(self, place: int) -> tuple[dict, dict]:
        """Return one that lacks a field, in turn absent, null or empty."""
        fields = [*NUMBERS, *CATEGORIES, "depot"]
        name, form = fields[place % len(fields)], MISSING[place // len(fields) % len(MISSING)]
        parcel = self.parcel()
        row = self.row(parcel) | {name: form}
        if form == "absent":
            del row[name]
        return row, parcel | {name: None}

    def strange(self, place: int) -> tuple[dict, dict]:
        name = (*CATEGORIES, "depot")[place % 3]
        parcel = self.parcel()
        parcel[name] = {"depot": "D977"}.get(name, "houseboat" if name == "dwelling" else "drone")
        return self.row(parcel), parcel

    def in_text(self) -> tuple[dict, dict]:
        """Return one whose numbers come as text, half of them whole."""
        parcel = self.parcel()
        for name in ("weight_kg", "distance_km", "value_eur"):
            if self.rng.random() < 0.5:
                parcel[name] = float(round(parcel[name]) + 1)
        row = self.row(parcel)
        return row | {name: parcels.plain_text(row[name]) for name in NUMBERS}, parcel

    def elsewhere(self, place: int) -> tuple[dict, dict]:
        """Return one whose stamp, or whose instant in UTC, has another weekday than the model's zone."""
        parcel = self.parcel()
        while True:
            parcel["booked_at"] = parcels.FIRST_DAY + timedelta(minutes=int(self.rng.integers(0, 115_200)))
            offset = one_of(self.rng, OFFSETS_H)
            in_zone, in_utc, on_stamp = self.weekdays(parcel, offset)
            if place % 2 and in_zone != in_utc:
                return as_request(parcel, None), parcel
            if not place % 2 and in_zone != on_stamp:
                return as_request(parcel, offset), parcel

    def in_form(self, place: int, forms: dict) -> tuple[dict, dict]:
        change = (parcels.in_comma, parcels.in_unit, parcels.in_capitals)[place % 3]
        parcel = self.parcel()
        for name in parcels.UNITS:
            parcel[name] = round(int(parcel[name]) + 0.5, 1)
        return change(self.row(parcel), forms), parcel


def hidden_sets(rng: np.random.Generator, world, model: dict, forms: dict) -> dict[str, list[tuple[dict, dict]]]:
    """Return requests with the clean parcel behind each."""
    plain = Plain(rng, world, model)
    company = plain.pairs(150)
    for row, parcel in company[::4]:
        row["distance_km"] = parcel["distance_km"] = None
    return {
        "plain": plain.pairs(60),
        "single": [plain.at_its_limits() for _ in range(90)],
        "company": [company[place] for place in rng.permutation(len(company))],
        "missing": [plain.lacking(place) for place in range(63)],
        "unseen": [plain.strange(place) for place in range(36)],
        "text": [plain.in_text() for _ in range(40)],
        "zones": [plain.elsewhere(place) for place in range(60)],
        "forms": [plain.in_form(place, forms) for place in range(60)],
    }


def write_hidden(rng: np.random.Generator, public: Path, truth: Path, world, model: dict, forms: dict) -> None:
    later = parcels.next_model(rng, model)
    write_json(public / "next_model.json", later)
    write_json(public / "foreign_model.json", model | {"schema": parcels.SCHEMA + 1})
    sets = hidden_sets(rng, world, model, forms)
    found = {
        name: {
            "rows": [row for row, _ in pairs],
            "scores": [scoring.score(parcel, model) for _, parcel in pairs],
        }
        for name, pairs in sets.items()
    }
    found["plain"]["next_scores"] = [scoring.score(parcel, later) for _, parcel in sets["plain"]]
    write_json(truth / "rows.json", found)


def generate(seed: int, scenario: str, public: Path, truth: Path) -> dict[str, object]:
    """Write one scenario and return the facts for the brief."""
    forms = parcels.draw_forms(np.random.default_rng([seed, FORMS_STREAM]))
    rng = np.random.default_rng([seed, STREAMS[scenario]])
    world = parcels.draw_world(rng)
    trained = [parcels.draw_parcel(rng, world, 1000 + number) for number in range(TRAINED)]
    labels = [parcels.label(rng, parcel, world) for parcel in trained]
    model = parcels.train(rng, trained, labels, world)
    write_json(public / "model.json", model)
    rows = write_parcels(rng, public, world)
    if scenario == "alone":
        return {}
    write_export(public / "training.csv", trained, {"failed": labels})
    causes = write_deployed(rng, public, model)
    counts = write_log(rng, public, world, model, forms, rows)
    write_json(truth / "incident.json", {"causes": causes} | counts)
    write_json(truth / "batch.json", {row["parcel_id"]: scoring.score(row, model) for row in rows})
    if scenario == "fresh":
        write_hidden(rng, public, truth, world, model, forms)
    return {
        "requests": counts["requests"],
        "logged": LOGGED,
        "exported": len(rows),
        "example": parcels.as_request(next(row for row in rows if None not in row.values()), None),
    }
