"""What a card's earlier payments say about a payment: only those made before it and known by then."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

NANOSECONDS_PER_HOUR = 3_600 * 10**9


def tidy(events: pd.DataFrame) -> pd.DataFrame:
    """Return each payment once, as it was first known, sorted by time and name."""
    rows = events.reset_index(drop=True)  # an index may carry the name of a column, which sorting refuses
    first_known = rows.sort_values("known_at", kind="stable").drop_duplicates("event_id")
    return first_known.sort_values(["at", "event_id"], ignore_index=True)


def add_lags(events: pd.DataFrame, lags: list[int]) -> pd.DataFrame:
    """Add amount and age (in hours) of the k-th latest payment that the row may use, for each k of `lags`."""
    history = History.of(events)
    columns = {f"{what}_lag_{lag}": np.full(len(events), np.nan) for lag in lags for what in ("amount", "hours")}
    for row, earlier, rank in history.walk_back(most=max(lags, default=0)):
        for lag in lags:
            hit = rank == lag
            columns[f"amount_lag_{lag}"][row[hit]] = history.amount[earlier[hit]]
            columns[f"hours_lag_{lag}"][row[hit]] = history.age(row[hit], earlier[hit]) / NANOSECONDS_PER_HOUR
    return history.assign_to(events, columns)


def add_windows(events: pd.DataFrame, hours: list[int]) -> pd.DataFrame:
    """Add count, sum and mean of the usable payments of the last `h` hours, for each h of `hours`.

    Every window adds up its own payments. A running total would be faster on long windows, but subtracting what
    left the window leaves rounding errors of the size of the largest amount that was ever in it.
    """
    history = History.of(events)
    count, with_amount, total = (
        {hour: np.zeros(len(events), dtype) for hour in hours} for dtype in (np.int64, np.int64, np.float64)
    )
    for row, earlier, _ in history.walk_back(reach=max(hours, default=0) * NANOSECONDS_PER_HOUR):
        age = history.age(row, earlier)
        amount = history.amount[earlier]
        for hour in hours:
            inside = age <= hour * NANOSECONDS_PER_HOUR
            has_amount = inside & ~np.isnan(amount)
            count[hour][row[inside]] += 1  # a step holds each row at most once, so += counts them all
            with_amount[hour][row[has_amount]] += 1
            total[hour][row[has_amount]] += amount[has_amount]

    columns = {}
    for hour in hours:
        mean = np.full(len(events), np.nan)
        np.divide(total[hour], with_amount[hour], out=mean, where=with_amount[hour] > 0)
        columns |= {f"count_{hour}h": count[hour], f"sum_{hour}h": total[hour], f"mean_{hour}h": mean}
    return history.assign_to(events, columns)


@dataclass(frozen=True)
class History:
    """Payments by card, `at` and `event_id`; all arrays are in this order, times in nanoseconds."""

    order: np.ndarray  # where in the table the payment stands
    at: np.ndarray
    known_at: np.ndarray
    amount: np.ndarray
    card_start: np.ndarray  # position of the first payment of the same card
    second_start: np.ndarray  # position of the first payment of the same card at the same `at`

    @classmethod
    def of(cls, events: pd.DataFrame) -> "History":
        card = pd.factorize(events["card"])[0]
        name = pd.factorize(events["event_id"], sort=True)[0]
        at = _nanoseconds(events["at"])
        order = np.lexsort((name, at, card))
        card, at = card[order], at[order]
        position = np.arange(len(order))
        new_card = np.diff(card, prepend=-2) != 0  # codes start at -1
        new_second = new_card | (np.diff(at, prepend=0) != 0)
        return cls(
            order=order,
            at=at,
            known_at=_nanoseconds(events["known_at"])[order],
            amount=events["amount"].to_numpy(dtype=np.float64, na_value=np.nan)[order],
            card_start=np.maximum.accumulate(np.where(new_card, position, 0)),
            second_start=np.maximum.accumulate(np.where(new_second, position, 0)),
        )

    def age(self, row: np.ndarray, earlier: np.ndarray) -> np.ndarray:
        """Return how long before `row` the payment `earlier` was made."""
        return self.at[row] - self.at[earlier]

    def walk_back(
        self, *, reach: int | None = None, most: int | None = None
    ) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """Yield, step by step back in time, the payments that rows may use: (row, earlier, rank).

        All rows step back through their card together, starting before their own second. `earlier` is the
        `rank`-th usable payment of `row`, counted from 1. A row drops out at its card's first payment, at one
        that is older than `reach`, or when it has found `most`. This is the only place that decides what is known.
        """
        row = np.arange(len(self.at))
        earlier = self.second_start - 1
        rank = np.zeros(len(self.at), np.int64)
        while True:
            going = earlier >= self.card_start[row]
            if most is not None:
                going &= rank < most
            if reach is not None:
                going &= self.age(row, earlier) <= reach
            row, earlier, rank = row[going], earlier[going], rank[going]
            if not len(row):
                return
            known = self.known_at[earlier] <= self.at[row]
            rank = rank + known
            yield row[known], earlier[known], rank[known]
            earlier = earlier - 1

    def assign_to(self, events: pd.DataFrame, columns: dict[str, np.ndarray]) -> pd.DataFrame:
        """Return the table with columns that are in this order, put back into the table's."""
        back = np.empty_like(self.order)
        back[self.order] = np.arange(len(self.order))
        return events.assign(**{name: values[back] for name, values in columns.items()})


def _nanoseconds(instants: pd.Series) -> np.ndarray:
    return instants.astype("datetime64[ns]").to_numpy().astype(np.int64)
