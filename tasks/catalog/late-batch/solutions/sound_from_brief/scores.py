"""What partitions hold, what is owed, and the table of a day. No files, no state."""

import csv
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

Partition = dict[str, dict[str, int]]  # machine to its counters


def shift(day: str, days: int) -> str:
    """The day so many days later."""
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()


def days_between(first: str, last: str) -> list[str]:
    """All days from the first to the last."""
    count = (date.fromisoformat(last) - date.fromisoformat(first)).days + 1
    return [shift(first, days) for days in range(count)]


@dataclass(frozen=True)
class Plant:
    since: str
    weekdays: str

    def owes(self, day: str) -> bool:
        """Whether the plant owes a partition for this day."""
        return day >= self.since and str(date.fromisoformat(day).isoweekday()) in self.weekdays


@dataclass(frozen=True)
class Reference:
    plants: dict[str, Plant]
    machines: dict[str, str]  # machine to plant
    window_days: int
    grace_days: int
    weights: dict[str, int]


def read_reference(folder: Path) -> Reference:
    """Registers and rules."""
    with (folder / "plants.csv").open(encoding="utf-8", newline="") as handle:
        plants = {row["plant"]: Plant(row["since"], row["weekdays"]) for row in csv.DictReader(handle)}
    with (folder / "machines.csv").open(encoding="utf-8", newline="") as handle:
        machines = {row["machine_id"]: row["plant"] for row in csv.DictReader(handle)}
    rules = json.loads((folder / "rules.json").read_text(encoding="utf-8"))
    return Reference(plants, machines, rules["window_days"], rules["grace_days"], rules["weights"])


def resolve(history: Iterable[tuple[str, dict]]) -> Partition | None:
    """What a partition holds after its (kind, rows), lowest revision first; None if it is not there."""
    partition = None
    for kind, rows in history:
        if kind == "full":
            partition = dict(rows)
        elif kind == "retract":
            partition = None
        elif partition is not None:
            for machine, counters in rows.items():
                if counters is None:
                    partition.pop(machine, None)
                else:
                    partition[machine] = counters
    return partition


def table_of(day: str, reference: Reference, partitions: dict[tuple[str, str], Partition | None]) -> list[tuple]:
    """The rows (machine, score, missing) of a day's table; `partitions` by plant and day."""
    window = days_between(shift(day, 1 - reference.window_days), day)
    table = []
    for machine, name in sorted(reference.machines.items()):
        plant = reference.plants.get(name)
        if plant is None or plant.since > day:
            continue
        score = missing = 0
        for past in window:
            partition = partitions.get((name, past))
            if partition is None:
                missing += plant.owes(past)
            else:
                counters = partition.get(machine, {})
                score += sum(weight * counters.get(counter, 0) for counter, weight in reference.weights.items())
        table.append((machine, score, missing))
    return table


def overdue(night: str, reference: Reference, came: set[tuple[str, str]]) -> list[tuple[str, str]]:
    """Partitions owed up to `grace_days` before the night of which no full delivery `came`."""
    last = shift(night, -reference.grace_days)
    return sorted(
        (name, day)
        for name, plant in reference.plants.items()
        for day in days_between(plant.since, last)
        if plant.owes(day) and (name, day) not in came
    )
