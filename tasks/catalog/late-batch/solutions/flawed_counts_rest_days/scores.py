"""Scores, missing days and overdue partitions."""

import csv
import json
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path


@dataclass(frozen=True)
class Reference:
    """The registers and the rules."""

    plants: dict[str, tuple[str, str]]
    machines: list[tuple[str, str]]
    window_days: int
    grace_days: int
    weights: dict[str, int]

    @classmethod
    def read(cls, folder: Path) -> "Reference":
        with (folder / "plants.csv").open(encoding="utf-8", newline="") as handle:
            plants = {r["plant"]: (r["since"], r["weekdays"]) for r in csv.DictReader(handle)}
        with (folder / "machines.csv").open(encoding="utf-8", newline="") as handle:
            machines = sorted((r["machine_id"], r["plant"]) for r in csv.DictReader(handle))
        rules = json.loads((folder / "rules.json").read_text(encoding="utf-8"))
        return cls(plants, machines, rules["window_days"], rules["grace_days"], rules["weights"])

    def owes(self, plant: str, day: str) -> bool:
        since, _ = self.plants[plant]
        return day >= since


def back(day: str, days: int) -> str:
    return (date.fromisoformat(day) - timedelta(days=days)).isoformat()


def table_of(reference: Reference, partitions: dict, day: str) -> list[list]:
    """Return the rows [machine, score, missing] of a day's table."""
    window = [back(day, days) for days in range(reference.window_days)]
    table = []
    for machine, plant in reference.machines:
        if reference.plants[plant][0] > day:
            continue
        score = missing = 0
        for when in window:
            rows = partitions.get((plant, when))
            if rows is None:
                missing += reference.owes(plant, when)
            elif machine in rows:
                counters = rows[machine]
                score += sum(int(counters[name]) * w for name, w in reference.weights.items())
        table.append([machine, score, missing])
    return table


def overdue(reference: Reference, deliveries: list[dict], night: str) -> list[list]:
    """Return [plant, day] of what is owed and never came within the days of grace."""
    came = {(one["plant"], one["day"]) for one in deliveries if one["kind"] == "full"}
    last = back(night, reference.grace_days)
    found = []
    for plant, (since, _) in sorted(reference.plants.items()):
        day = since
        while day <= last:
            if reference.owes(plant, day) and (plant, day) not in came:
                found.append([plant, day])
            day = back(day, -1)
    return found
