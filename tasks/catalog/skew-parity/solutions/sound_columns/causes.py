"""Try the deployed path on rows made for one suspicion each.

causes.py --data DATA --out CAUSES.json

Base row: everything known and inside the bounds. Each probe changes one thing; what the deployed vectors say
is compared with ours. Forms are taken from the log, for only there one sees how clients write.
"""

import argparse
import json
import sys
from pathlib import Path

import features
import model_file

WEEK = [f"2026-03-{day:02d}" for day in range(9, 16)]


class Probe:
    def __init__(self, data):
        sys.path.insert(0, str(data / "deployed"))
        sys.modules.pop("online", None)
        import online as deployed

        self.deployed, self.model = deployed, model_file.load_model(data / "model.json")
        self.base = self.base_row()
        names = self.model["features"]
        self.order = names
        found, due = deployed.vectors([self.base], self.model)[0], features.vectors([self.base], self.model)[0]
        by_alphabet = sorted(names)
        hits = [sum(abs(found[o.index(n)] - due[names.index(n)]) < 1e-9 for n in names) for o in (names, by_alphabet)]
        self.reordered = hits[1] > hits[0]
        if self.reordered:
            self.order = by_alphabet

    def base_row(self):
        inside = {name: (spec["low"] + spec["high"]) / 2 for name, spec in self.model["numbers"].items()}
        named = {name: spec["names"][0] for name, spec in self.model["categories"].items()}
        depot = next(iter(self.model["depots"]["rates"]))
        row = {name: round(value, 1) for name, value in inside.items()}
        return {"parcel_id": "probe", "booked_at": "2026-03-11T12:00:00Z", "depot": depot, **row, **named}

    def gap(self, feature, *rows):
        """Return how far the feature of the first row is off, in the company of the others."""
        place, own = self.order.index(feature), self.model["features"].index(feature)
        found = self.deployed.vectors(list(rows), self.model)[0][place]
        return abs(found - features.vectors([rows[0]], self.model)[0][own])

    def row(self, **changes):
        return {**self.base, **changes}


def find(data):
    probe = Probe(data)
    model = probe.model
    numbers, categories = model["numbers"], model["categories"]
    distance = numbers["distance_km"]
    far, near = probe.row(distance_km=distance["high"] * 2), probe.row(distance_km=distance["low"])
    weight, dwellings = numbers["weight_kg"], categories["dwelling"]["names"]
    stamps = [f"{day}T{clock}{zone}" for day in WEEK for clock in ("00:10:00", "23:50:00") for zone in ("Z", "+11:00", "-09:00")]
    suspicions = {
        "request_mean": [probe.gap("distance_km", probe.row(distance_km=None), other) for other in (far, near)],
        "codes_refit": [probe.gap("dwelling", probe.row(dwelling=name)) for name in dwellings],
        "weekday_zone": [probe.gap("weekday", probe.row(booked_at=stamp)) for stamp in stamps],
        "log_twice": [probe.gap("value_eur", probe.base)],
        "clip_bounds": [probe.gap("distance_km", row) for row in (far, near, probe.row(distance_km=0))],
        "rounding": [probe.gap("weight_kg", probe.row(weight_kg=round(weight["fill"] + 0.037, 3)))],
        "stale_lookup": [probe.gap("depot", probe.row(depot=name)) for name in model["depots"]["rates"]],
        "default_fill": [probe.gap("attempts", probe.row(attempts=None))],
        "unread_form": unread(probe, data),
    }
    causes = [name for name, gaps in suspicions.items() if max(gaps) > 1e-9]
    return sorted(causes + ["feature_order"] * probe.reordered)


def unread(probe, data):
    """Send every cell of the log that float() or the export would not write, on the base row."""
    gaps = [0.0]
    for line in (data / "requests.jsonl").read_text().splitlines():
        for row in json.loads(line)["rows"]:
            for name in (*probe.model["numbers"], *probe.model["categories"]):
                cell = row.get(name)
                if isinstance(cell, str) and cell != plainly(cell, name, probe.model):
                    gaps.append(difference(probe, name, cell, plainly(cell, name, probe.model)))
    return gaps


def plainly(cell, name, model):
    """Return the cell as the export would write it."""
    if name in model["categories"] or not cell:
        return cell.lower()
    value = cell.split()[0].replace(",", ".")
    return value


def difference(probe, name, cell, plain):
    place = probe.order.index(name)
    one, two = (probe.deployed.vectors([probe.row(**{name: value})], probe.model)[0][place] for value in (cell, plain))
    return abs(one - two)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    arguments.out.write_text(json.dumps({"causes": find(arguments.data)}, indent=1) + "\n")


if __name__ == "__main__":
    main()
