"""Nightly wear scores with snapshots.

STATE/<night>/ holds the four files of a night and `knowledge.json`, all that later nights need. It is made
under another name and renamed when complete; a night whose folder is there is only copied out again.
"""

import json
import shutil
import sys
from argparse import ArgumentParser
from csv import DictReader
from datetime import date, timedelta
from pathlib import Path

OUTPUTS = ("published.csv", "rejected.csv", "overdue.csv", "summary.json")
ONE_DAY = timedelta(days=1)


def csv_rows(path):
    with open(path, encoding="utf-8", newline="") as file:
        yield from DictReader(file)


def save_lines(path, header, rows):
    text = "".join(",".join(map(str, row)) + "\n" for row in [header, *rows])
    path.write_bytes(text.encode())


class Knowledge:
    """Every whole delivery so far, as JSON can hold it, and the tables in their last state."""

    def __init__(self, snapshot=None):
        snapshot = snapshot or {"nights": [], "steps": {}, "tables": {}}
        self.nights = snapshot["nights"]
        self.steps = snapshot["steps"]  # "plant/day" -> revision -> [kind, machine -> points or null]
        self.tables = snapshot["tables"]  # day -> machine -> [score, missing]

    def learn(self, plant, day, revision, kind, points):
        """Return whether this is news."""
        steps = self.steps.setdefault(f"{plant}/{day}", {})
        if revision in steps:
            return False
        steps[revision] = [kind, points]
        return True

    def points(self, plant, day):
        """Play the steps of a partition in order."""
        there, points = False, {}
        steps = self.steps.get(f"{plant}/{day}", {})
        for revision in sorted(steps, key=int):
            kind, change = steps[revision]
            if kind == "patch":
                points = points | change if there else points
            else:
                there, points = kind == "full", dict(change)
        return {m: p for m, p in points.items() if p is not None} if there else None

    def ever_full(self, plant, day):
        return any(kind == "full" for kind, _ in self.steps.get(f"{plant}/{day}", {}).values())


class Plants:
    def __init__(self, folder):
        self.rules = json.loads((folder / "rules.json").read_bytes())
        self.weights = self.rules["weights"]
        self.since, self.works, self.machines = {}, {}, {}
        for row in csv_rows(folder / "plants.csv"):
            self.since[row["plant"]] = date.fromisoformat(row["since"])
            self.works[row["plant"]] = {int(digit) for digit in row["weekdays"]}
            self.machines[row["plant"]] = []
        for row in csv_rows(folder / "machines.csv"):
            self.machines[row["plant"]].append(row["machine_id"])

    def owes(self, plant, day):
        return self.since[plant] <= day and day.isoweekday() in self.works[plant]

    def weigh(self, row):
        return sum(weight * int(row[counter]) for counter, weight in self.weights.items())


class Refused(Exception):
    """A delivery is not whole."""


def open_delivery(plants, drop, line):
    """Return machine -> points (None: take away) of a delivery."""
    if line["kind"] == "retract":
        return {}
    try:
        rows = list(csv_rows(drop / line["file"]))
    except OSError:
        raise Refused("its file is not there") from None
    if len(rows) != int(line["rows"]):
        raise Refused(f"its file has {len(rows)} rows")
    points = {}
    for row in rows:
        for column in ("plant", "day"):
            if row[column] != line[column]:
                raise Refused(f"its file has rows of {column} {row[column]}")
        removes = line["kind"] == "patch" and row["action"] == "remove"
        points[row["machine_id"]] = None if removes else plants.weigh(row)
    return points


def make_table(plants, knowledge, day):
    window = [day - n * ONE_DAY for n in range(plants.rules["window_days"])]
    table = {}
    for plant, since in plants.since.items():
        if since > day:
            continue
        parts = {d: knowledge.points(plant, d) for d in window}
        gaps = sum(parts[d] is None for d in window if plants.owes(plant, d))
        for machine in plants.machines[plant]:
            table[machine] = [sum(part.get(machine, 0) for part in parts.values() if part), gaps]
    return {machine: table[machine] for machine in sorted(table)}


def work(night, plants, knowledge, drop):
    """Learn from a drop; return the refused, the tables to publish and the number of lines."""
    refused, lines = [], 0
    for line in csv_rows(drop / "manifest.csv"):
        lines += 1
        try:
            points = open_delivery(plants, drop, line)
        except Refused as why:
            refused.append((line["delivery_id"], str(why)))
            continue
        knowledge.learn(line["plant"], line["day"], line["revision"], line["kind"], points)
    knowledge.nights.append(night.isoformat())
    fresh = {}
    for day in knowledge.nights:
        table = make_table(plants, knowledge, date.fromisoformat(day))
        if knowledge.tables.get(day) != table:
            fresh[day] = knowledge.tables[day] = table
    return sorted(refused), fresh, lines


def overdue_list(night, plants, knowledge):
    last = night - plants.rules["grace_days"] * ONE_DAY
    found = []
    for plant in sorted(plants.since):
        for n in range((last - plants.since[plant]).days + 1):
            day = plants.since[plant] + n * ONE_DAY
            if plants.owes(plant, day) and not knowledge.ever_full(plant, day.isoformat()):
                found.append((plant, day.isoformat()))
    return found


def table_rows(tables):
    return [(day, m, *values) for day in sorted(tables) for m, values in tables[day].items()]


def close(options, done):
    night = date.fromisoformat(options.night)
    earlier = sorted(p.name for p in options.state.glob("20??-??-??") if p.name < options.night)
    snapshot = None
    if earlier:
        snapshot = json.loads((options.state / earlier[-1] / "knowledge.json").read_bytes())
    knowledge, plants = Knowledge(snapshot), Plants(options.reference)
    refused, fresh, lines = work(night, plants, knowledge, options.drop)
    late = overdue_list(night, plants, knowledge)
    making = options.state / "making"
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir(parents=True)
    save_lines(making / "published.csv", ["day", "machine_id", "score", "missing"], table_rows(fresh))
    save_lines(making / "rejected.csv", ["delivery_id", "reason"], refused)
    save_lines(making / "overdue.csv", ["plant", "day"], late)
    summary = {
        "night": options.night,
        "deliveries": lines,
        "rejected": len(refused),
        "restated": sorted(set(fresh) - {options.night}),
        "overdue": len(late),
    }
    (making / "summary.json").write_text(json.dumps(summary) + "\n")
    (making / "knowledge.json").write_text(json.dumps(vars(knowledge)))
    making.rename(done)


def main():
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("command", choices=("run", "asof"))
    parser.add_argument("--night", required=True)
    parser.add_argument("--reference", type=Path)
    parser.add_argument("--drop", type=Path)
    parser.add_argument("--state", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    done = options.state / options.night
    if options.command == "run":
        if not done.exists():
            close(options, done)
        for name in OUTPUTS:
            shutil.copyfile(done / name, options.out / name)
        return 0
    if not done.exists():
        print(f"{options.night} was never run", file=sys.stderr)
        return 1
    tables = json.loads((done / "knowledge.json").read_bytes())["tables"]
    save_lines(options.out / "asof.csv", ["day", "machine_id", "score", "missing"], table_rows(tables))
    return 0


if __name__ == "__main__":
    sys.exit(main())
