"""Each rule against a slow answer that follows the brief's words row by row, on random tables full of ties."""

import json
from datetime import timedelta
from zoneinfo import ZoneInfo

import features
import numpy as np
import pandas as pd
import pytest


def draw(seed: int, rows: int = 60) -> pd.DataFrame:
    """Return payments that often share a second, are late, lack an amount, or are a window's length apart."""
    rng = np.random.default_rng(seed)
    at = pd.Timestamp("2023-03-10") + pd.to_timedelta(rng.integers(0, 400, rows) * 1800, unit="s")
    late = np.where(rng.random(rows) < 0.4, rng.integers(0, 100, rows) * 1800, 0)
    table = pd.DataFrame(
        {
            "event_id": [f"p{number}" for number in rng.permutation(rows)],
            "card": rng.choice(["a", "b", "NA"], rows),
            "at": at.astype("datetime64[ns]"),
            "known_at": (at + pd.to_timedelta(late, unit="s")).astype("datetime64[ns]"),
            "amount": np.where(rng.random(rows) < 0.2, np.nan, rng.choice([0, 0.05, 12.5, 999_999_999.99], rows)),
            "merchant": rng.choice(["NA", "B", "C", None], rows),
            "zone": rng.choice(["America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"], rows),
            "fraud": rng.choice([0.0, 1.0, np.nan], rows, p=[0.5, 0.3, 0.2]),
        }
    )
    table.index = pd.Index(rng.integers(0, 5, rows), name="at")
    return table


def usable(events: pd.DataFrame, row) -> pd.DataFrame:
    found = events[
        ((events["card"] == row.card) & (events["at"] < row.at) & (events["known_at"] <= row.at)).to_numpy()
    ]
    return found.reset_index(drop=True).sort_values(["at", "event_id"], ascending=False)


@pytest.mark.parametrize("seed", range(5))
def test_lags(seed):
    events = draw(seed)
    table = features.add_lags(events, [3, 1])
    assert list(table.columns[-4:]) == ["amount_lag_3", "hours_lag_3", "amount_lag_1", "hours_lag_1"]
    for row in table.itertuples():
        before = usable(events, row)
        for lag in (1, 3):
            due = before.iloc[lag - 1] if len(before) >= lag else None
            amount = np.nan if due is None else due["amount"]
            hours = np.nan if due is None else (row.at - due["at"]) / pd.Timedelta(hours=1)
            np.testing.assert_allclose([getattr(row, f"amount_lag_{lag}"), getattr(row, f"hours_lag_{lag}")], [amount, hours])


@pytest.mark.parametrize("seed", range(5))
def test_windows(seed):
    events = draw(seed)
    table = features.add_windows(events, [24, 3])
    for row in table.itertuples():
        for hour in (3, 24):
            before = usable(events, row)
            amounts = before.loc[before["at"] >= row.at - pd.Timedelta(hours=hour), "amount"]
            due = [len(amounts), amounts.sum(), amounts.mean()]
            got = [getattr(row, f"{what}_{hour}h") for what in ("count", "sum", "mean")]
            np.testing.assert_allclose(got, due, rtol=1e-9)


@pytest.mark.parametrize("day_starts_at", [0, 2, 11])
def test_calendar(day_starts_at):
    events = draw(1, rows=400)
    for row in features.add_calendar(events, day_starts_at).itertuples():
        clock = row.at.tz_localize("UTC").to_pydatetime().astimezone(ZoneInfo(row.zone))
        day = clock.date() - timedelta(days=clock.hour < day_starts_at)
        assert (row.business_date, row.weekday, row.local_hour) == (day.isoformat(), day.weekday(), clock.hour)


@pytest.mark.parametrize("seed", range(5))
def test_train_rates_are_those_fitted_without_the_card(seed):
    train = draw(seed)
    got = features.add_train_rates(train, "merchant", 4)["merchant_rate"].to_numpy()
    for card in train["card"].unique():
        own = (train["card"] == card).to_numpy()
        rates = json.loads(json.dumps(features.fit_rates(train[~own], "merchant", 4)))
        np.testing.assert_allclose(got[own], features.add_rates(train[own], rates)["merchant_rate"])


def test_rates_by_hand():
    train = pd.DataFrame({"merchant": ["NA", "NA", None, "B"], "fraud": [1.0, 0.0, 1.0, np.nan]})
    rates = features.fit_rates(train, "merchant", 2)
    events = pd.DataFrame({"merchant": ["NA", None, "B", "new"]})
    due = [(1 + 2 * 2 / 3) / 4, (1 + 2 * 2 / 3) / 3, 2 / 3, 2 / 3]
    np.testing.assert_allclose(features.add_rates(events, rates)["merchant_rate"], due)


@pytest.mark.parametrize("rows", [0, 1])
def test_without_other_cards_labels_rates_are_missing(rows):
    train = draw(0).iloc[:rows]
    assert features.add_train_rates(train, "merchant", 4)["merchant_rate"].isna().all()
    rates = features.fit_rates(train.iloc[:0], "merchant", 4)
    assert features.add_rates(train, rates)["merchant_rate"].isna().all()


def test_tidy():
    events = draw(3)
    again = events.assign(known_at=events["known_at"] + pd.Timedelta(hours=1))
    table = features.tidy(pd.concat([again, events, again]))
    due = sorted(events.to_dict("records"), key=lambda row: (row["at"], row["event_id"]))
    assert table[["event_id", "known_at"]].to_dict("records") == [
        {name: row[name] for name in ("event_id", "known_at")} for row in due
    ]
    assert list(table.index) == list(range(len(events)))


def test_order_index_and_the_future_do_not_matter():
    events = draw(4)
    table = features.add_windows(features.add_lags(events, [1, 2]), [5])
    assert table.index.equals(events.index)
    turned = features.add_windows(features.add_lags(events[::-1], [1, 2]), [5])[::-1]
    pd.testing.assert_frame_equal(table, turned)
    cut = pd.Timestamp("2023-03-14")
    known = events[(events["known_at"] <= cut).to_numpy()]
    then = features.add_windows(features.add_lags(known, [1, 2]), [5])
    now = table[(events["known_at"] <= cut).to_numpy()]
    pd.testing.assert_frame_equal(then[(known["at"] <= cut).to_numpy()], now[(known["at"] <= cut).to_numpy()])
