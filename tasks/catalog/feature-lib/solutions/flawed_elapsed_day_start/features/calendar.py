"""The clock on the wall where the card was used."""

import numpy as np
import pandas as pd


def add_calendar(events: pd.DataFrame, day_starts_at: int) -> pd.DataFrame:
    """Add business day, its weekday and the hour on the wall clock."""
    instants = pd.DatetimeIndex(events["at"])
    wall = np.empty(len(events), dtype="datetime64[s]")
    day = np.empty(len(events), dtype="datetime64[s]")
    for zone, rows in events.reset_index(drop=True).groupby("zone").indices.items():
        local = instants[rows].tz_localize("UTC").tz_convert(zone)
        wall[rows] = local.tz_localize(None).to_numpy()
        day[rows] = (local - pd.Timedelta(hours=day_starts_at)).tz_localize(None).to_numpy()
    clock, day = pd.DatetimeIndex(wall), pd.DatetimeIndex(day)
    return events.assign(
        business_date=day.strftime("%Y-%m-%d").astype(object), weekday=day.weekday, local_hour=clock.hour
    )
