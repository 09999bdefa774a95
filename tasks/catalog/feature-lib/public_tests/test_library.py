"""Form, the brief's example, and what your command wrote. Run from the submission's root.

DATA_DIR is the folder of the delivery (default: data), OUT_DIR the folder your command wrote into
(default: out); run the command first. Passing these is necessary, not sufficient.
"""

import json
import os
import time
from pathlib import Path

import features
import pandas as pd
import pytest
import untouched
from rolling_reference import draw_volume, rolling_seconds

DATA = Path(os.environ.get("DATA_DIR", "data"))
OUT = Path(os.environ.get("OUT_DIR", "out"))


def example() -> pd.DataFrame:
    """Return the payments of the brief's example."""
    rows = [
        ("p1", "2024-05-01 08:00:00", "2024-05-01 08:00:00", 10.0),
        ("p2", "2024-05-01 09:00:00", "2024-05-01 20:00:00", 20.0),
        ("p3", "2024-05-01 14:00:00", "2024-05-01 14:00:00", None),
        ("p4", "2024-05-01 14:00:00", "2024-05-01 14:00:00", 5.0),
        ("p5", "2024-05-01 20:00:00", "2024-05-01 20:00:00", 8.0),
    ]
    table = pd.DataFrame(rows, columns=["event_id", "at", "known_at", "amount"])
    for name in ("at", "known_at"):
        table[name] = pd.to_datetime(table[name]).astype("datetime64[ns]")
    return table.assign(card="c1")


def numbers(series: pd.Series) -> list:
    """Return floats, None where one is missing."""
    return [None if pd.isna(value) else round(float(value), 6) for value in series]


def test_windows_of_the_example():
    table = features.add_windows(example(), [12])
    assert numbers(table["count_12h"]) == [0, 1, 1, 1, 4]
    assert numbers(table["sum_12h"]) == [0, 10, 10, 10, 35]
    assert numbers(table["mean_12h"]) == [None, 10, 10, 10, 11.666667]


def test_lags_of_the_example():
    table = features.add_lags(example(), [1, 2])
    assert numbers(table["amount_lag_1"]) == [None, 10, 10, 10, 5]
    assert numbers(table["hours_lag_1"]) == [None, 1, 6, 6, 6]
    assert numbers(table["amount_lag_2"]) == [None] * 5
    assert numbers(table["hours_lag_2"]) == [None, None, None, None, 6]


def test_rates_are_between_none_and_all():
    train = untouched.payments().assign(fraud=[0.0, 1.0, None, 0.0, 1.0, 0.0, 0.0, 1.0])
    rates = features.fit_rates(train, "merchant", 5)
    for table in (
        features.add_rates(untouched.payments(), rates),
        features.add_train_rates(train, "merchant", 5),
    ):
        assert table["event_id"].tolist() == train["event_id"].tolist()
        assert table["merchant_rate"].between(0, 1).all()


def test_arguments_stay_as_they_were():
    assert untouched.changed() == []


@pytest.mark.parametrize("rows", [0, 1])
def test_short_tables(rows):
    events = untouched.payments().iloc[:rows]
    table = features.add_windows(features.add_lags(features.tidy(events), [1]), [24])
    assert len(table) == rows
    assert list(table.columns)[-3:] == ["count_24h", "sum_24h", "mean_24h"]


@pytest.mark.parametrize(("name", "argument"), [("add_windows", [24]), ("add_lags", [1, 3])])
def test_time_on_200_000_payments(name, argument):
    """Print and check your time as a multiple of the rolling sum's (run pytest with -s to see it).

    The 2 s that you get on top for handing the table over are not needed here.
    """
    volume = draw_volume(seed=0)
    reference_s = rolling_seconds(volume)
    started = time.perf_counter()
    getattr(features, name)(volume, argument)
    seconds = time.perf_counter() - started
    print(f"{name} takes {seconds:.2f} s, the rolling sum {reference_s:.2f} s")
    assert seconds <= 20 * reference_s


def test_command_wrote_the_briefed_columns():
    settings = json.loads((DATA / "settings.json").read_text(encoding="utf-8"))
    due = ["event_id"]
    due += [name for lag in settings["lags"] for name in (f"amount_lag_{lag}", f"hours_lag_{lag}")]
    due += [f"{what}_{hour}h" for hour in settings["hours"] for what in ("count", "sum", "mean")]
    due += ["business_date", "weekday", "local_hour", f"{settings['rate_by']}_rate"]
    table = pd.read_csv(OUT / "features.csv", dtype=str, keep_default_na=False)
    assert list(table.columns) == due
    events = pd.read_csv(DATA / "events.csv", dtype=str, keep_default_na=False)
    assert set(table["event_id"]) == set(events["event_id"])
    assert table["event_id"].is_unique
