"""The plants of one candidate and what they send, night by night.

Every plant has one habit, so that a hidden test can look at the machines that carry its difficulty
and no other. Contents come first and are then sent late, twice, in pieces or under the wrong day.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np

NIGHTS = 10
METRICS = {"starts": 60, "alarms": 12, "stalls": 6, "load_peaks": 200, "idle_hours": 24,
           "oil_tops": 9, "resets": 15, "belt_slips": 40, "door_opens": 110}  # fmt: skip
"""Names of counters, and how high they go in a day."""
HABITS = ["plain", "rests", "late", "late", "revises", "same_drop", "patches", "retracts",
          "resends", "breaks", "mislabels", "forgets", "silent"]  # fmt: skip
WEEKDAYS = {"rests": "12345", "forgets": "123456"}
ALL_DAYS = "1234567"


@dataclass(frozen=True, kw_only=True)
class Plant:
    """One sender."""

    name: str
    habit: str
    since: date
    weekdays: str
    machines: tuple[str, ...]

    def delivers_on(self, day: date) -> bool:
        return day >= self.since and str(day.isoweekday()) in self.weekdays


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One line of a manifest and its file."""

    plant: Plant
    day: int
    """Whose partition it is, counted from the first night."""
    night: int
    """In whose drop it lands."""
    revision: int = 1
    kind: str = "full"
    rows: tuple[dict, ...] = ()
    flaw: str = ""
    """How it fails to bear out its manifest line; empty for a whole one."""
    rows_of: int | None = None
    """The day that its rows name, where that is another."""
    order: int | None = None
    """Of a pair for one partition in one drop: two times the pair's number, and 1 for the newer."""


@dataclass
class World:
    """Draws everything from one stream of the seed."""

    seed: int
    stream: int
    first: date
    sent: list[Delivery] = field(default_factory=list)

    def __post_init__(self) -> None:
        rules = np.random.default_rng([self.seed, 0])
        self.window_days = int(rules.integers(3, 5))
        self.grace_days = int(rules.integers(3, 5))
        names = [str(name) for name in rules.permutation(list(METRICS))]
        self.metrics, self.ignored = names[:4], names[4:6]
        jitter = {name: float(rules.uniform(0.85, 1.15)) for name in self.metrics}
        self.weights = {m: max(1, round(1200 * jitter[m] / METRICS[m])) for m in self.metrics}
        self.rng = np.random.default_rng([self.seed, 1, self.stream])
        self.plants = self.make_plants()
        for plant in self.plants:
            if plant.habit != "silent":
                Script(self, plant).write()

    def integer(self, low: int, high: int) -> int:
        """Return a whole number from low up to high, without high."""
        return int(self.rng.integers(low, high))

    def shuffled(self, items: list) -> list:
        return [items[position] for position in self.rng.permutation(len(items))]

    def date_of(self, day: int) -> date:
        return self.first + timedelta(days=day)

    def make_plants(self) -> list[Plant]:
        letters = list("BCDFGHKLMNPRSTVWXZ")
        names = [f"{a}{b}" for a in letters for b in letters if a != b]
        chosen = self.shuffled(names)[: len(HABITS)]
        numbers = iter(self.shuffled(list(range(1000, 9999)))[: 5 * len(HABITS)])
        plants = []
        for name, habit in zip(chosen, self.shuffled(HABITS), strict=True):
            since = self.date_of(3) if habit == "silent" else self.first
            machines = tuple(f"{name}-{next(numbers)}" for _ in range(self.integer(3, 5)))
            weekdays = WEEKDAYS.get(habit, ALL_DAYS)
            plants.append(
                Plant(name=name, habit=habit, since=since, weekdays=weekdays, machines=machines)
            )
        return plants

    def content(self, plant: Plant) -> tuple[dict, ...]:
        """Return what a plant's machines counted on one day."""
        names = [*self.metrics, *self.ignored]
        return tuple(
            {"machine_id": machine, **{m: self.integer(1, METRICS[m] + 1) for m in names}}
            for machine in plant.machines
        )


class Script:
    """What one plant sends over all nights."""

    def __init__(self, world: World, plant: Plant) -> None:
        self.world, self.plant = world, plant
        self.days = [d for d in range(NIGHTS) if plant.delivers_on(world.date_of(d))]
        self.whole = {day: world.content(plant) for day in self.days}

    def write(self) -> None:
        habit = getattr(self, self.plant.habit, None)
        special = habit(self.incidents()) if habit else {}
        for day in self.days:
            for delivery in special.get(day, [self.full(day, 0)]):
                if delivery.night < NIGHTS:
                    self.world.sent.append(delivery)

    def incidents(self) -> list[int]:
        """Return days on which something happens, soonest first, two apart, each with time to end."""
        start = self.world.integer(1, 3)
        return [day for day in range(start, NIGHTS - 3, 2) if day in self.days]

    def full(self, day: int, lag: int, **more: object) -> Delivery:
        rows = more.pop("rows", self.whole[day])
        return Delivery(plant=self.plant, day=day, night=day + lag, rows=rows, **more)

    def newer(self, day: int, lag: int, revision: int, **more: object) -> Delivery:
        """Return a full delivery with other counts."""
        rows = self.world.content(self.plant)
        return self.full(day, lag, revision=revision, rows=rows, **more)

    def patch(self, day: int, lag: int, revision: int, *, removes: bool) -> Delivery:
        changed, *others = self.world.shuffled(list(self.world.content(self.plant)))
        rows = [{**changed, "action": "set"}]
        if removes:
            gone = {name: "" for name in others[0]}
            rows.append({**gone, "machine_id": others[0]["machine_id"], "action": "remove"})
        return self.full(day, lag, revision=revision, kind="patch", rows=tuple(rows))

    def retraction(self, day: int, lag: int, revision: int) -> Delivery:
        return self.full(day, lag, revision=revision, kind="retract", rows=())

    def late(self, days: list[int]) -> dict[int, list[Delivery]]:
        most = self.world.grace_days
        return {day: [self.full(day, self.world.integer(1, most + 1))] for day in days}

    def revises(self, days: list[int]) -> dict[int, list[Delivery]]:
        """Newer ones that come after, and older ones that come after."""
        plan = {}
        for number, day in enumerate(days):
            lag = self.world.integer(1, 4)
            old, new = (0, lag) if number % 2 else (lag, 0)
            plan[day] = [self.full(day, old), self.newer(day, new, 2 + number % 3)]
        return plan

    def same_drop(self, days: list[int]) -> dict[int, list[Delivery]]:
        return {
            day: [self.full(day, 0, order=2 * n), self.newer(day, 0, 2, order=2 * n + 1)]
            for n, day in enumerate(days)
        }

    def patches(self, days: list[int]) -> dict[int, list[Delivery]]:
        """A patch before its base, a patch above a base that comes later, a plain one."""
        plan = {}
        for number, day in enumerate(days):
            match number % 3:
                case 0:
                    plan[day] = [self.patch(day, 0, 2, removes=False), self.full(day, 1)]
                case 1:
                    patch = self.patch(day, 1, 3, removes=True)
                    plan[day] = [self.full(day, 0), patch, self.newer(day, 2, 2)]
                case _:
                    plan[day] = [self.full(day, 0), self.patch(day, 2, 2, removes=True)]
        return plan

    def retracts(self, days: list[int]) -> dict[int, list[Delivery]]:
        """A retraction, one that comes before what it retracts, one that is followed by a new start."""
        plan = {}
        for number, day in enumerate(days):
            match number % 3:
                case 0:
                    plan[day] = [self.full(day, 0), self.retraction(day, 2, 2)]
                case 1:
                    plan[day] = [self.retraction(day, 0, 2), self.full(day, 1)]
                case _:
                    full, gone = self.full(day, 0), self.retraction(day, 1, 2)
                    plan[day] = [full, gone, self.newer(day, 2, 3)]
        return plan

    def resends(self, days: list[int]) -> dict[int, list[Delivery]]:
        return {day: [self.full(day, lag) for lag in (0, n % 2, 2)] for n, day in enumerate(days)}

    def breaks(self, days: list[int]) -> dict[int, list[Delivery]]:
        """Files that are cut short, gone or twice as long; the same revision comes whole later."""
        plan = {}
        for number, day in enumerate(days):
            rows = self.whole[day]
            flaw, rows = [("cut", rows[:-1]), ("no_file", ()), ("doubled", rows * 2)][number % 3]
            plan[day] = [self.full(day, 0, rows=rows, flaw=flaw), self.full(day, 1 + number % 2)]
        return plan

    def mislabels(self, days: list[int]) -> dict[int, list[Delivery]]:
        """The file of the day before, under the line of this one."""
        plan = {}
        for number, day in enumerate(days):
            stale = {"rows": self.whole[day - 1], "flaw": "other_day", "rows_of": day - 1}
            if number % 2:
                plan[day] = [self.full(day, 0), self.full(day, 1, revision=2, **stale)]
            else:
                plan[day] = [self.full(day, 0, **stale), self.full(day, 2)]
        return plan

    def forgets(self, days: list[int]) -> dict[int, list[Delivery]]:
        """Some never come, one comes when it had been given up."""
        plan: dict[int, list[Delivery]] = {day: [] for day in days[::2]}
        plan[days[0]] = [self.full(days[0], self.world.grace_days + 2)]
        return plan


def known_by(sent: list[Delivery], night: int) -> dict[tuple[str, int], list[Delivery]]:
    """Return the whole deliveries of each partition that have landed, lowest revision first."""
    found: dict[tuple[str, int], list[Delivery]] = {}
    for delivery in sorted(sent, key=lambda one: one.revision):
        if delivery.night <= night and not delivery.flaw:
            found.setdefault((delivery.plant.name, delivery.day), []).append(delivery)
    return found


def content_of(deliveries: list[Delivery]) -> dict[str, dict] | None:
    """Return the rows of a partition by machine; None where there is no partition."""
    rows: dict[str, dict] | None = None
    for one in deliveries:
        if one.kind == "full":
            rows = {row["machine_id"]: row for row in one.rows}
        elif one.kind == "retract":
            rows = None
        elif rows is not None:
            gone = {row["machine_id"] for row in one.rows if row["action"] == "remove"}
            kept = {row["machine_id"]: row for row in one.rows if row["action"] == "set"}
            rows = {name: row for name, row in {**rows, **kept}.items() if name not in gone}
    return rows
