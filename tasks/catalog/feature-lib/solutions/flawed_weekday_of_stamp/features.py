"""Features of card payments, as they were known: python -m features --in DATA --out OUT.

Plain Python: each card's payments are told as a story in the order in which things became usable,
and each row is answered from what has been told so far. pandas only carries the tables.
"""

import argparse
import csv
import json
import math
from bisect import bisect_left, insort
from collections import defaultdict
from datetime import UTC, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd

MISSING = float("nan")
HOUR = 3600


def with_columns(table: pd.DataFrame, columns: dict[str, list]) -> pd.DataFrame:
    """Return a new table with further columns, by place and not by label."""
    result = table.copy()
    for name, values in columns.items():
        result[name] = pd.Series(values, index=table.index, dtype=object if name == "business_date" else None)
    return result


def texts(series: pd.Series) -> list[str | None]:
    return [value if isinstance(value, str) else None for value in series]


def tidy(events: pd.DataFrame) -> pd.DataFrame:
    """Return each payment once, as it was first known, sorted by time and name."""
    first = {}
    known = events["known_at"].tolist()
    for place, name in enumerate(events["event_id"]):
        if name not in first or known[place] < known[first[name]]:
            first[name] = place
    at = events["at"].tolist()
    places = sorted(first.values(), key=lambda place: (at[place], events["event_id"].iloc[place]))
    return events.iloc[places].reset_index(drop=True)


def stories(events: pd.DataFrame):
    """Yield for each row its place, its moment and what it may use: (second, name, amount), sorted."""
    fields = [events[name].astype("datetime64[s]").astype("int64").tolist() for name in ("at", "known_at")]
    rows = list(zip(*fields, events["event_id"], events["amount"].tolist(), strict=True))
    cards = defaultdict(list)
    for place, card in enumerate(events["card"]):
        cards[card].append(place)
    for places in cards.values():
        by_time = sorted(places, key=lambda place: rows[place][0])
        usable_from = sorted((max(rows[place][0] + 1, rows[place][1]), place) for place in places)
        past, told = [], 0
        for place in by_time:
            moment = rows[place][0]
            while told < len(usable_from) and usable_from[told][0] <= moment:
                at, _, name, amount = rows[usable_from[told][1]]
                insort(past, (at, name, amount))
                told += 1
            yield place, moment, past


def add_lags(events: pd.DataFrame, lags: list[int]) -> pd.DataFrame:
    """Add amount and age of the card's earlier payments."""
    count = len(events)
    columns = {}
    for lag in lags:
        columns[f"amount_lag_{lag}"] = [MISSING] * count
        columns[f"hours_lag_{lag}"] = [MISSING] * count
    for place, moment, past in stories(events):
        for lag in lags:
            if len(past) >= lag:
                at, _, amount = past[-lag]
                columns[f"amount_lag_{lag}"][place] = amount
                columns[f"hours_lag_{lag}"][place] = (moment - at) / HOUR
    return with_columns(events, columns)


def add_windows(events: pd.DataFrame, hours: list[int]) -> pd.DataFrame:
    """Add count, sum and mean of the card's payments in the hours before."""
    columns = {}
    for hour in hours:
        columns |= {f"{what}_{hour}h": [MISSING] * len(events) for what in ("count", "sum", "mean")}
    for place, moment, past in stories(events):
        for hour in hours:
            inside = past[bisect_left(past, (moment - hour * HOUR,)) :]
            amounts = [amount for _, _, amount in inside if amount == amount]
            total = math.fsum(amounts)
            columns[f"count_{hour}h"][place] = len(inside)
            columns[f"sum_{hour}h"][place] = total
            if amounts:
                columns[f"mean_{hour}h"][place] = total / len(amounts)
    return with_columns(events, columns)


def add_calendar(events: pd.DataFrame, day_starts_at: int) -> pd.DataFrame:
    """Add business day, its weekday and the hour on the wall clock."""
    columns = {"business_date": [], "weekday": [], "local_hour": []}
    for at, zone in zip(events["at"], events["zone"], strict=True):
        wall = at.to_pydatetime().replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
        day = wall - timedelta(hours=day_starts_at)
        columns["business_date"].append(day.date().isoformat())
        columns["weekday"].append(wall.weekday())
        columns["local_hour"].append(wall.hour)
    return with_columns(events, columns)


def tally(rows) -> tuple[dict, float, float]:
    """Count labelled rows and fraud, by value and in all, of (value, label) pairs."""
    by_value = defaultdict(lambda: [0.0, 0.0])
    for value, label in rows:
        if label == label:
            by_value[value][0] += 1
            by_value[value][1] += label
    return by_value, sum(n for n, _ in by_value.values()), sum(s for _, s in by_value.values())


def fit_rates(train: pd.DataFrame, by: str, smoothing: float) -> tuple:
    """Return the column, a list of (value, rate), None for a missing value, and the overall rate."""
    by_value, n, s = tally(zip(texts(train[by]), train["fraud"].tolist(), strict=True))
    overall = s / n if n else MISSING
    pairs = [
        (value, (fraud + smoothing * overall) / (count + smoothing))
        for value, (count, fraud) in by_value.items()
    ]
    return by, pairs, overall


def add_rates(events: pd.DataFrame, rates: tuple) -> pd.DataFrame:
    """Add the fitted rate of each row's value."""
    by, pairs, overall = rates
    known = dict(pairs)
    return with_columns(events, {f"{by}_rate": [known.get(value, overall) for value in texts(events[by])]})


def add_train_rates(train: pd.DataFrame, by: str, smoothing: float) -> pd.DataFrame:
    """Add to each row the rate fitted without its card."""
    rows = list(zip(train["card"], texts(train[by]), train["fraud"].tolist(), strict=True))
    everything, n, s = tally((value, label) for _, value, label in rows)
    of_card = defaultdict(list)
    for card, value, label in rows:
        of_card[card].append((value, label))
    own = {card: tally(pairs) for card, pairs in of_card.items()}
    found = []
    for card, value, _ in rows:
        mine, own_n, own_s = own[card]
        overall = (s - own_s) / (n - own_n) if n > own_n else MISSING
        count = everything[value][0] - mine[value][0]
        fraud = everything[value][1] - mine[value][1]
        found.append((fraud + smoothing * overall) / (count + smoothing))
    return with_columns(train, {f"{by}_rate": found})


def read(path: Path) -> pd.DataFrame:
    """Read a table of the delivery; an empty cell is missing, any other is a value."""
    with path.open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    table = {name: [row[name] or None for row in rows] for name in rows[0]}
    for name in ("at", "known_at"):
        table[name] = pd.to_datetime([text[:-1] for text in table[name]])
    for name in {"amount", "fraud"} & set(table):
        table[name] = [float(text) if text else MISSING for text in table[name]]
    return pd.DataFrame(table)


def run(source: Path, target: Path) -> None:
    """Read the delivery in `source` and write features.csv into `target`."""
    settings = json.loads((source / "settings.json").read_text(encoding="utf-8"))
    events, train = tidy(read(source / "events.csv")), tidy(read(source / "train.csv"))
    table = add_windows(add_lags(events, settings["lags"]), settings["hours"])
    table = add_calendar(table, settings["day_starts_at"])
    table = add_rates(table, fit_rates(train, settings["rate_by"], settings["smoothing"]))
    new = ["event_id", *(name for name in table.columns if name not in events.columns)]
    with (target / "features.csv").open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(new)
        for row in table[new].itertuples(index=False):
            writer.writerow(["" if value != value else value for value in row])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--in", dest="source", type=Path, required=True)
    parser.add_argument("--out", dest="target", type=Path, required=True)
    options = parser.parse_args()
    run(options.source, options.target)


if __name__ == "__main__":
    main()
