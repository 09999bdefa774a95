"""The day and hour of a payment, by the clock on the wall where the card was used."""

import numpy as np
import pandas as pd


def add_calendar(events: pd.DataFrame, day_starts_at: int) -> pd.DataFrame:
    """Add `business_date`, `weekday` (of the business date) and `local_hour`.

    The business day starts by the wall clock, so hours are taken off after the zone has been dropped: on a day of
    23 or 25 hours, taking them off an instant would move payments to the wrong day.
    """
    instants = pd.DatetimeIndex(events["at"].astype("datetime64[ns]")).tz_localize("UTC")
    zone_code, zones = pd.factorize(events["zone"])
    wall = np.empty(len(events), "datetime64[ns]")
    for code, zone in enumerate(zones):
        here = zone_code == code
        wall[here] = instants[here].tz_convert(zone).tz_localize(None)
    clock = pd.DatetimeIndex(wall)
    business_day = clock - pd.Timedelta(hours=day_starts_at)
    return events.assign(
        business_date=business_day.strftime("%Y-%m-%d").to_numpy(),
        weekday=business_day.day_of_week.to_numpy(),
        local_hour=clock.hour.to_numpy(),
    )
