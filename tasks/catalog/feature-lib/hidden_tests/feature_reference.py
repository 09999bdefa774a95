"""The brief's rules, row by row: slow, plain, and the measure of every expected value."""

from collections import defaultdict
from datetime import timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

NAN = float("nan")
HOUR = 3600


def mean(values: list[float]) -> float:
    """Return the mean, missing where there is nothing."""
    return sum(values) / len(values) if values else NAN


def seconds(instants: pd.Series) -> list[int]:
    """Return instants as whole seconds."""
    return instants.astype("datetime64[s]").astype("int64").tolist()


def usable(events: pd.DataFrame, *, known: bool = True) -> list[list]:
    """Return for each row the payments it may use, oldest first, as (at, event_id, amount).

    With ``known=False`` a payment counts from when it was made, which is the leak.
    """
    at, known_at = seconds(events["at"]), seconds(events["known_at"])
    cards = defaultdict(list)
    for card, *payment in zip(events["card"], at, events["event_id"], known_at, events["amount"], strict=True):
        cards[card].append(payment)
    for payments in cards.values():
        payments.sort(key=lambda payment: payment[:2])
    return [
        [
            (made, event_id, amount)
            for made, event_id, learnt, amount in cards[card]
            if made < moment and (learnt <= moment or not known)
        ]
        for card, moment in zip(events["card"], at, strict=True)
    ]


def lags(events: pd.DataFrame, wanted: list[int]) -> pd.DataFrame:
    """Return the columns of ``add_lags``."""
    columns = {}
    past, moments = usable(events), seconds(events["at"])
    for lag in wanted:
        found = [payments[-lag] if len(payments) >= lag else None for payments in past]
        columns[f"amount_lag_{lag}"] = [one[2] if one else NAN for one in found]
        columns[f"hours_lag_{lag}"] = [
            (moment - one[0]) / HOUR if one else NAN for one, moment in zip(found, moments, strict=True)
        ]
    return pd.DataFrame(columns, index=events.index, dtype="float64")


def windows(events: pd.DataFrame, hours: list[int], *, known: bool = True) -> pd.DataFrame:
    """Return the columns of ``add_windows``."""
    columns = {}
    past, moments = usable(events, known=known), seconds(events["at"])
    for hour in hours:
        inside = [
            [amount for at, _, amount in payments if at >= moment - hour * HOUR]
            for payments, moment in zip(past, moments, strict=True)
        ]
        present = [[amount for amount in amounts if amount == amount] for amounts in inside]
        columns[f"count_{hour}h"] = [len(amounts) for amounts in inside]
        columns[f"sum_{hour}h"] = [sum(amounts) for amounts in present]
        columns[f"mean_{hour}h"] = [mean(amounts) for amounts in present]
    return pd.DataFrame(columns, index=events.index, dtype="float64")


def calendar(events: pd.DataFrame, day_starts_at: int) -> pd.DataFrame:
    """Return the columns of ``add_calendar``."""
    rows = []
    for at, zone in zip(events["at"], events["zone"], strict=True):
        wall = at.tz_localize("UTC").to_pydatetime().astimezone(ZoneInfo(zone)).replace(tzinfo=None)
        day = (wall - timedelta(hours=day_starts_at)).date()
        rows.append((day.isoformat(), day.weekday(), wall.hour))
    return pd.DataFrame(rows, columns=["business_date", "weekday", "local_hour"], index=events.index)


def rates(train: pd.DataFrame, by: str, smoothing: float) -> tuple[dict[object, float], float]:
    """Return the rate of each value, None standing for a missing one, and the overall rate."""
    labels = defaultdict(list)
    for value, label in zip(train[by], train["fraud"], strict=True):
        if label == label:
            labels[value if isinstance(value, str) else None].append(label)
    overall = mean([label for some in labels.values() for label in some])
    found = {
        value: (sum(some) + smoothing * overall) / (len(some) + smoothing) for value, some in labels.items()
    }
    return found, overall


def rates_of(values: pd.Series, fitted: tuple[dict[object, float], float]) -> np.ndarray:
    """Return the rate of each of these values."""
    found, overall = fitted
    keys = [value if isinstance(value, str) else None for value in values]
    return np.array([found.get(key, overall) for key in keys], dtype="float64")


def tidy(events: pd.DataFrame) -> pd.DataFrame:
    """Return each payment once, as it was first known, in the briefed order."""
    first = events.sort_values(["known_at"], kind="stable").drop_duplicates("event_id")
    return first.sort_values(["at", "event_id"]).reset_index(drop=True)


def features(train: pd.DataFrame, events: pd.DataFrame, settings: dict) -> pd.DataFrame:
    """Return what the command has to write."""
    events = tidy(events)
    by = settings["rate_by"]
    fitted = rates(tidy(train), by, settings["smoothing"])
    parts = [
        events[["event_id"]],
        lags(events, settings["lags"]),
        windows(events, settings["hours"]),
        calendar(events, settings["day_starts_at"]),
    ]
    return pd.concat(parts, axis=1).assign(**{f"{by}_rate": rates_of(events[by], fitted)})
