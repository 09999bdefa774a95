"""Make one candidate's payments, and the tables that their functions are called on.

What a candidate gets are `settings.json`, `train.csv` and `events.csv`. The hidden tables stand
with the truth of the scenario `fresh`: each shows one difficulty and no other, so that a check
can look at it alone. Expected values are not written: hidden tests compute them by brute force.
"""

import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
from payments import COUNTRIES, DAY, HOUR, Drawer, clock_changes

STREAMS = {"public": 0, "fresh": 1}
HIDDEN_STREAM = 2
TIMES = ("at", "known_at")
HOURS = [3, 6, 12, 24, 48, 72, 120, 168]


def write_table(path: Path, table: pd.DataFrame) -> None:
    """Write a CSV file; instants as in the brief, missing cells empty."""
    shown = table.copy()
    for field in TIMES:
        if field in shown:
            instants = pd.to_datetime(shown[field], unit="s")
            shown[field] = instants.dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    if "fraud" in shown:
        shown["fraud"] = [{0.0: "0", 1.0: "1"}.get(value, "") for value in shown["fraud"]]
    shown.to_csv(path, index=False, lineterminator="\n")


def write_document(path: Path, value: object) -> None:
    """Write a JSON file."""
    path.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")


# What the candidate gets


def draw_settings(drawer: Drawer, scenario: str) -> dict[str, object]:
    """Return the settings; the fresh delivery has more of everything, and another column."""
    is_fresh = scenario == "fresh"
    return {
        "lags": drawer.some([1, 2, 3, 4, 5], 3 if is_fresh else 2),
        "hours": drawer.some(HOURS, 3 if is_fresh else 2),
        "day_starts_at": drawer.integer(2, 7),
        "rate_by": "country" if is_fresh else "merchant",
        "smoothing": drawer.integer(5, 40),
    }


def draw_delivery(drawer: Drawer, change: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return train and events, before and around a change of European clocks."""
    start = change - drawer.integer(8, 13) * DAY - drawer.integer(0, DAY)
    tables = []
    for begin, days, mean in ((start - 42 * DAY, 41.0, 20.0), (start, 21.0, 17.0)):
        counts = 1 + drawer.rng.poisson(drawer.rng.gamma(1.6, mean / 1.6, size=drawer.integer(110, 140)))
        cards = [drawer.card(drawer.times(count, begin, days)) for count in counts.tolist()]
        table = pd.concat(cards, ignore_index=True)
        table = drawer.same_second(table, 0.02)
        table = drawer.delay(table, 0.04 + 0.05 * drawer.rng.random(), 16.0)
        tables.append(drawer.blank(table, 0.04, 0.03))
    train = drawer.resend(drawer.label(tables[0], 0.06), 0.03 + 0.03 * drawer.rng.random())
    return train, drawer.resend(tables[1], 0.03 + 0.03 * drawer.rng.random())


def european_change(drawer: Drawer) -> int:
    """Return the instant of a change to or from summer time in Europe."""
    year = drawer.integer(2021, 2026)
    return drawer.pick(clock_changes("Europe/Berlin", range(year, year + 1)))


# What only hidden tests see


def write_hidden(seed: int, folder: Path) -> None:
    """Write the tables that functions are called on, and the arguments they are called with."""
    drawer = Drawer(seed, HIDDEN_STREAM)
    hours = drawer.some(HOURS, 3)
    arguments = {
        "lags": drawer.some([1, 2, 3, 4, 5, 6], 3),
        "hours": hours,
        "day_starts_at": drawer.integer(3, 7),
        "smoothing": [drawer.integer(2, 6) + 0.5, drawer.integer(20, 60)],
        "volume_seed": drawer.integer(0, 2**31),
    }
    write_document(folder / "arguments.json", arguments)
    start = european_change(drawer) - 10 * DAY
    for name, table in {
        "plain": draw_plain(drawer, start),
        "bounds": draw_bounds(drawer, start, hours),
        "late": draw_late(drawer, start, hours),
        "clocks": draw_clocks(drawer, arguments["day_starts_at"]),
    }.items():
        write_table(folder / f"{name}.csv", table)
    write_table(folder / "resent.csv", drawer.resend(draw_plain(drawer, start), 0.25))
    train, scored = draw_labelled(drawer, start)
    write_table(folder / "labelled.csv", train)
    write_table(folder / "scored.csv", scored)


def in_time_order(tables: list[pd.DataFrame]) -> pd.DataFrame:
    """Return one table, sorted as the tidy one is."""
    return pd.concat(tables).sort_values(["at", "event_id"]).reset_index(drop=True)


def draw_plain(drawer: Drawer, start: int) -> pd.DataFrame:
    """Cards whose payments are complete, on time and never in one second."""
    cards = [drawer.times(drawer.integer(10, 40), start, 20.0) for _ in range(9)]
    return in_time_order([drawer.card(times) for times in cards])


def draw_bounds(drawer: Drawer, start: int, hours: list[int]) -> pd.DataFrame:
    """Cards that pay twice in a second, and exactly a window apart or a second more or less."""
    edges = [hour * HOUR + step for hour in hours for step in (-1, 0, 0, 1)]
    gaps = [0, 0, 0, 0, 1, *edges]
    cards = [drawer.gaps(drawer.integer(12, 20), start, gaps) for _ in range(12)]
    return in_time_order([drawer.card(times) for times in cards])


def draw_late(drawer: Drawer, start: int, hours: list[int]) -> pd.DataFrame:
    """Cards of which a fifth of the payments, and some of the amounts, come late or never."""
    tables = []
    for _ in range(10):
        times = drawer.times(drawer.integer(25, 40), start, 14.0)
        tables.append(drawer.delay(drawer.card(times), 0.2, hours[1] / 2))
    return drawer.blank(in_time_order(tables), 0.1, 0.05)


def draw_clocks(drawer: Drawer, day_starts_at: int) -> pd.DataFrame:
    """Payments in many zones; `near` marks those within hours of a change of the clocks."""
    zones = sorted({zone for zones in COUNTRIES.values() for zone in zones})
    years = range(2021, 2026)
    changes = {zone: np.array(clock_changes(zone, years)) for zone in zones}
    first = int(datetime(2021, 2, 1, tzinfo=UTC).timestamp())
    last = int(datetime(2025, 12, 1, tzinfo=UTC).timestamp())
    rows = []
    while len(rows) < 240:
        zone = drawer.pick(zones)
        at = drawer.integer(first, last)
        if not len(changes[zone]) or np.abs(changes[zone] - at).min() > 3 * DAY:
            rows.append((at, zone, 0))
    while len(rows) < 400:
        zone = drawer.pick([zone for zone in zones if len(changes[zone])])
        span = (day_starts_at + 3) * HOUR
        rows.append((drawer.pick(changes[zone].tolist()) + drawer.integer(-span, span), zone, 1))
    at, zone, near = zip(*rows, strict=True)
    table = drawer.card(list(at)).assign(zone="", near=0)
    table["at"], table["known_at"], table["zone"], table["near"] = at, at, zone, near
    return table


def draw_labelled(drawer: Drawer, start: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Payments with labels, and others to be scored, some at merchants and in places never seen."""
    seen, unseen = drawer.merchants[:-5], drawer.merchants[-5:]
    cards = [drawer.times(drawer.integer(6, 30), start - 40 * DAY, 30.0) for _ in range(36)]
    train = in_time_order([drawer.card(times, seen) for times in cards])
    train = drawer.label(drawer.blank(train, 0.02, 0.06), 0.08)
    cards = [drawer.times(drawer.integer(4, 12), start, 10.0) for _ in range(16)]
    scored = [drawer.card(times, drawer.merchants) for times in cards]
    strange = drawer.card(drawer.times(20, start, 10.0), unseen).assign(country="XK")
    scored = drawer.blank(in_time_order([*scored, strange]), 0.02, 0.1)
    return train, scored


def generate(seed: int, scenario: str, public: Path, truth: Path) -> dict[str, object]:
    """Write one scenario and return the facts the brief may mention."""
    drawer = Drawer(seed, STREAMS[scenario])
    settings = draw_settings(drawer, scenario)
    train, events = draw_delivery(drawer, european_change(drawer))
    write_document(public / "settings.json", settings)
    write_table(public / "train.csv", train)
    write_table(public / "events.csv", events)
    if scenario == "fresh":
        write_hidden(seed, truth)
    return {
        "settings": settings,
        "train_rows": len(train),
        "events_rows": len(events),
        "first_day": str(pd.Timestamp(int(events["at"].min()), unit="s").date()),
        "last_day": str(pd.Timestamp(int(events["at"].max()), unit="s").date()),
    }
