"""Lags and windows over what was known. No loop over rows or cards.

Every payment is visible to later ones of its card from an instant on, and in a window up to an
instant. So a window's content is what has entered minus what has left: two searches in sorted
arrays. Money is added up in whole cents, which leaves nothing behind when it is taken away again.
"""

import numpy as np
import pandas as pd

SECOND = 1
HOUR = 3600


class Ledger:
    """The payments as integers, sorted by card, time and name."""

    def __init__(self, events: pd.DataFrame) -> None:
        card = pd.factorize(events["card"])[0]
        at = seconds(events["at"])
        rank = pd.factorize(events["event_id"], sort=True)[0]
        self.order = np.lexsort((rank, at, card))
        self.card, self.at = card[self.order], at[self.order]
        self.known_at = seconds(events["known_at"])[self.order]
        self.amount = events["amount"].to_numpy(dtype="float64")[self.order]

    def restored(self, values: np.ndarray) -> np.ndarray:
        """Return values of the sorted rows in the order of the table."""
        result = np.empty_like(values)
        result[self.order] = values
        return result


def seconds(instants: pd.Series) -> np.ndarray:
    return instants.to_numpy(dtype="datetime64[s]").astype("int64")


def add_windows(events: pd.DataFrame, hours: list[int]) -> pd.DataFrame:
    """Add count, sum and mean of the card's payments in the hours before."""
    ledger = Ledger(events)
    is_there = ~np.isnan(ledger.amount)
    cents = np.rint(np.where(is_there, ledger.amount, 0.0) * 100).astype("int64")
    visible_from = np.maximum(ledger.at + SECOND, ledger.known_at)
    columns = {}
    for hour in hours:
        last = ledger.at + hour * HOUR
        inside = visible_from <= last  # else it is too old before it is known
        values = [part[inside] for part in (np.ones_like(cents), is_there.astype("int64"), cents)]
        entered = running_totals(ledger, inside, visible_from[inside], values)
        left = running_totals(ledger, inside, last[inside] + SECOND, values)
        count, known, total = (came - went for came, went in zip(entered, left, strict=True))
        total = total / 100
        columns[f"count_{hour}h"] = count
        columns[f"sum_{hour}h"] = total
        columns[f"mean_{hour}h"] = np.where(known > 0, total / np.maximum(known, 1), np.nan)
    return events.assign(**{name: ledger.restored(column) for name, column in columns.items()})


def running_totals(
    ledger: Ledger, some: np.ndarray, instants: np.ndarray, values: list[np.ndarray]
) -> list[np.ndarray]:
    """Return for each row the totals of what happens to some payments up to its moment.

    They include all cards before its own, which cancels in a difference.
    """
    card = ledger.card[some]
    order = np.lexsort((instants, card))
    width = 1 + max(instants.max(initial=0), ledger.at.max(initial=0))
    start = min(instants.min(initial=width), ledger.at.min(initial=width))
    width -= start  # cards times seconds stays far below 2**63
    keys = card[order] * width + instants[order] - start
    place = np.searchsorted(keys, ledger.card * width + ledger.at - start, side="right")
    return [np.concatenate(([0], np.cumsum(value[order])))[place] for value in values]


def add_lags(events: pd.DataFrame, lags: list[int]) -> pd.DataFrame:
    """Add amount and age of the card's earlier payments.

    All rows walk back through their card together, past what they may not use, until each has found
    what it needs.
    """
    ledger = Ledger(events)
    count = len(ledger.at)
    rows = np.arange(count)
    found = np.zeros(count, dtype="int64")
    place = {lag: np.full(count, -1) for lag in lags}
    step = 0
    while len(rows):
        step += 1
        rows = rows[rows >= step]
        rows = rows[ledger.card[rows - step] == ledger.card[rows]]
        back = rows - step
        usable = (ledger.at[back] < ledger.at[rows]) & (ledger.known_at[back] <= ledger.at[rows])
        found[rows[usable]] += 1
        for lag, places in place.items():
            hit = usable & (found[rows] == lag)
            places[rows[hit]] = back[hit]
        rows = rows[found[rows] < max(lags, default=0)]
    columns = {}
    for lag, places in place.items():
        there = places >= 0
        age = (ledger.at - ledger.at[places]) / HOUR if count else np.empty(0)
        amount = ledger.amount[places] if count else np.empty(0)
        columns[f"amount_lag_{lag}"] = np.where(there, amount, np.nan)
        columns[f"hours_lag_{lag}"] = np.where(there, age, np.nan)
    return events.assign(**{name: ledger.restored(column) for name, column in columns.items()})
