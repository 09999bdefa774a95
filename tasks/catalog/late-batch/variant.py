"""Make one candidate's nightly drops and the truth about what had to be published when.

The scenario `public` is a folder with all drops of its nights. The hidden nights are scenarios of
their own, `night_01` and so on, each with one drop, for a drop is gone when the next night begins.
"""

import csv
import json
from datetime import date
from functools import cache
from pathlib import Path

from deliveries import NIGHTS, Delivery, World, content_of, known_by

PUBLIC_FIRST = date(2025, 12, 26)
HIDDEN_FIRST = date(2026, 2, 20)
"""Fridays, as the command lines in task.toml have it."""
PATTERNS = [(0, 1, 1), (1, 1, 0), (0, 0, 0), (1, 0, 1)]
"""Of a pair in one drop: whether the newer one comes first by line, by file name, by id."""
MANIFEST = ["delivery_id", "plant", "day", "revision", "kind", "rows", "file"]


class Drop:
    """What lands before one night: the manifest's lines and the files' names."""

    def __init__(self, world: World, night: int) -> None:
        self.world = world
        self.lines = world.shuffled([one for one in world.sent if one.night == night])
        rng = world.rng
        self.ids = [f"{n:06x}" for n in rng.choice(1 << 24, len(self.lines), replace=False)]
        self.names = [f"{n:07x}.csv" for n in rng.choice(1 << 28, len(self.lines), replace=False)]
        self.arrange_pairs()

    def arrange_pairs(self) -> None:
        """Let no order but that of revisions say which of a pair is the newer."""
        pairs: dict[int, list[int]] = {}
        for position, one in enumerate(self.lines):
            if one.order is not None:
                pairs.setdefault(one.order // 2, []).append(position)
        for number, (first, second) in pairs.items():
            by_line, by_name, by_id = PATTERNS[number % len(PATTERNS)]
            if self.lines[first].order % 2 != by_line:
                self.lines[first], self.lines[second] = self.lines[second], self.lines[first]
            newer, older = (first, second) if by_line else (second, first)
            for values, newer_first in ((self.names, by_name), (self.ids, by_id)):
                low, high = sorted((values[first], values[second]))
                values[newer], values[older] = (low, high) if newer_first else (high, low)

    def write(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        lines = []
        for one, delivery_id, name in zip(self.lines, self.ids, self.names, strict=True):
            day = self.world.date_of(one.day).isoformat()
            claimed = len(one.plant.machines) if one.flaw else len(one.rows)
            file = "" if one.kind == "retract" else name
            lines.append(
                [delivery_id, one.plant.name, day, one.revision, one.kind, claimed, file]
            )
            if one.kind != "retract" and one.flaw != "no_file":
                self.write_rows(folder / name, one)
        table(folder / "manifest.csv", MANIFEST, lines)

    def write_rows(self, path: Path, one: Delivery) -> None:
        """Write a file with the plant's own order of columns."""
        world = self.world
        counters = [*world.metrics, *world.ignored]
        turn = sum(map(ord, one.plant.name)) % len(counters)
        columns = ["plant", "day", "machine_id", *counters[turn:], *counters[:turn]]
        columns += ["action"] * (one.kind == "patch")
        day = one.day if one.rows_of is None else one.rows_of
        fixed = {"plant": one.plant.name, "day": world.date_of(day).isoformat()}
        table(path, columns, [[({**fixed, **row})[name] for name in columns] for row in one.rows])


class Ledger:
    """What is right on each night, from what is whole and had landed by then."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.rows: list[list] = []
        self.overdue: list[list] = []
        self.restated = 0
        before: dict[int, list] = {}
        for night in range(NIGHTS):
            known = known_by(world.sent, night)
            now = {key: content_of(deliveries) for key, deliveries in known.items()}
            tables = {day: self.scores(now, day) for day in range(night + 1)}
            for day, rows in tables.items():
                changed = before.get(day) != rows
                self.restated += changed and day < night
                self.rows += [[self.name(night), self.name(day), *row, int(changed)] for row in rows]
            before = tables
            self.overdue += [
                [self.name(night), plant.name, self.name(day)]
                for plant in world.plants
                for day in range(night - world.grace_days + 1)
                if plant.delivers_on(world.date_of(day)) and not self.came(known, plant.name, day)
            ]

    def name(self, day: int) -> str:
        return self.world.date_of(day).isoformat()

    def came(self, known: dict, plant: str, day: int) -> bool:
        return any(one.kind == "full" for one in known.get((plant, day), []))

    def scores(self, now: dict, day: int) -> list[list]:
        """Return (plant, habit, machine, score, missing) of one day."""
        world, found = self.world, []
        for plant in world.plants:
            if world.date_of(day) < plant.since:
                continue
            window = range(max(0, day - world.window_days + 1), day + 1)
            missing = sum(
                plant.delivers_on(world.date_of(d)) and now.get((plant.name, d)) is None
                for d in window
            )
            for machine in plant.machines:
                parts = [(now.get((plant.name, d)) or {}).get(machine) for d in window]
                score = sum(
                    weight * part[m] for part in parts if part for m, weight in world.weights.items()
                )
                found.append([plant.name, plant.habit, machine, score, missing])
        return found


def table(path: Path, header: list[str], rows: list[list]) -> None:
    """Write a CSV file."""
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def write_reference(world: World, public: Path) -> None:
    """Write the register of plants and machines and the rules, as every night has them."""
    plants = [[p.name, p.since.isoformat(), p.weekdays] for p in world.plants]
    table(public / "plants.csv", ["plant", "since", "weekdays"], sorted(plants))
    machines = [[machine, p.name] for p in world.plants for machine in p.machines]
    table(public / "machines.csv", ["machine_id", "plant"], sorted(machines))
    rules = {
        "window_days": world.window_days,
        "grace_days": world.grace_days,
        "weights": world.weights,
    }
    (public / "rules.json").write_text(json.dumps(rules, indent=2) + "\n", encoding="utf-8")


def write_truth(world: World, drops: list[Drop], truth: Path) -> None:
    """Write what must be published, refused and missed."""
    ledger = Ledger(world)
    columns = ["night", "day", "plant", "habit", "machine_id", "score", "missing", "changed"]
    table(truth / "published.csv", columns, ledger.rows)
    table(truth / "overdue.csv", ["night", "plant", "day"], ledger.overdue)
    refused = [
        [world.date_of(night).isoformat(), delivery_id, one.plant.habit]
        for night, drop in enumerate(drops)
        for one, delivery_id in zip(drop.lines, drop.ids, strict=True)
        if one.flaw
    ]
    table(truth / "rejected.csv", ["night", "delivery_id", "habit"], refused)
    last = world.date_of(NIGHTS - 1).isoformat()
    totals = {
        "rejected": len(refused),
        "restated": ledger.restated,
        "overdue": sum(row[0] == last for row in ledger.overdue),
    }
    (truth / "totals.json").write_text(json.dumps(totals) + "\n", encoding="utf-8")


@cache
def make_drops(seed: int, *, is_public: bool) -> tuple[World, list[Drop]]:
    """Make all nights at once: the scenarios of hidden nights share them."""
    world = World(seed, 1 if is_public else 2, PUBLIC_FIRST if is_public else HIDDEN_FIRST)
    return world, [Drop(world, night) for night in range(NIGHTS)]


def generate(seed: int, scenario: str, public: Path, truth: Path) -> dict[str, object]:
    """Write one scenario and return the facts the brief may mention."""
    is_public = scenario == "public"
    world, drops = make_drops(seed, is_public=is_public)
    write_reference(world, public)
    if is_public:
        for night, drop in enumerate(drops):
            drop.write(public / "drops" / world.date_of(night).isoformat())
        write_truth(world, drops, truth)
    else:
        night = int(scenario.removeprefix("night_")) - 1
        drops[night].write(public / "drop")
        if night == NIGHTS - 1:
            write_truth(world, drops, truth)
    return {
        "plants": len(world.plants),
        "machines": sum(len(plant.machines) for plant in world.plants),
        "nights": NIGHTS,
        "first_night": world.first.isoformat(),
        "last_night": world.date_of(NIGHTS - 1).isoformat(),
        "deliveries": len(world.sent),
        "window_days": world.window_days,
        "grace_days": world.grace_days,
        "weights": world.weights,
    }
