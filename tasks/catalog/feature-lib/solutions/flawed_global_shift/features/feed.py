"""What reached us, made one row for each payment."""

from pathlib import Path

import pandas as pd

TIMES = ["at", "known_at"]
NUMBERS = ["amount", "fraud"]


def tidy(events: pd.DataFrame) -> pd.DataFrame:
    """Return each payment once, as it was first known, sorted by time and name."""
    first = events.sort_values("known_at", kind="stable").drop_duplicates("event_id")
    return first.sort_values(["at", "event_id"], ignore_index=True)


def read(path: Path) -> pd.DataFrame:
    """Read a table of the delivery; only an empty cell is missing."""
    table = pd.read_csv(path, dtype=str, keep_default_na=False, na_values=[""])
    for name in TIMES:
        table[name] = pd.to_datetime(table[name], format="%Y-%m-%dT%H:%M:%SZ")
    for name in table.columns.intersection(NUMBERS):
        table[name] = table[name].astype("float64")
    return table
