"""How long this machine, as busy as it is now, takes for the brief's rolling sum, and on which table.

The time of a function is judged as a multiple of what is measured here.
"""

import time

import numpy as np
import pandas as pd

ROWS = 200_000
CARDS = 2_000


def draw_volume(seed: int) -> pd.DataFrame:
    """Return the payments of many cards, sorted; one in a hundred is late."""
    rng = np.random.default_rng(seed)
    weights = rng.gamma(4.0, size=CARDS)
    cards = rng.choice(CARDS, size=ROWS, p=weights / weights.sum())
    at = np.sort(rng.integers(1_700_000_000, 1_700_000_000 + 60 * 86_400, size=ROWS))
    delay = np.where(rng.random(ROWS) < 0.01, rng.integers(60, 100_000, size=ROWS), 0)
    table = {
        "event_id": [f"v{number:06d}" for number in rng.permutation(ROWS).tolist()],
        "card": [f"c{card:04d}" for card in cards.tolist()],
        "at": at.astype("datetime64[s]").astype("datetime64[ns]"),
        "known_at": (at + delay).astype("datetime64[s]").astype("datetime64[ns]"),
        "amount": rng.gamma(2.0, 20.0, size=ROWS).round(2) + 0.01,
    }
    return pd.DataFrame(table)


def rolling_seconds(events: pd.DataFrame) -> float:
    """Return the seconds of the slower of two rolling sums."""
    found = 0.0
    for _ in range(2):
        started = time.perf_counter()
        events.groupby("card").rolling("24h", on="at")["amount"].sum()
        found = max(found, time.perf_counter() - started)
    return found
