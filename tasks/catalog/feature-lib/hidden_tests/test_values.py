"""Whether the functions compute what the brief says, one rule at a time."""

import feature_reference as reference
import numpy as np
import pandas as pd
import pytest
from feature_frames import (
    CALENDAR_COLUMNS,
    Tally,
    answer,
    by_card,
    lag_columns,
    read_frame,
    window_columns,
)


@pytest.mark.check("payments-once", criterion="feature-correctness", points=2)
def test_payments_once(library, tables, truth, measure):
    """`tidy` leaves each payment once, as it was first known, sorted by time and id, whatever the order
    of the rows; a tidy table stays as it is."""
    events = read_frame(truth.public("public") / "events.csv")
    measure("payments_resent", len(events) - events["event_id"].nunique(), "rows")
    resent = tables["resent"]
    due = reference.tidy(resent)
    backwards = resent.iloc[::-1].reset_index(drop=True)
    for what, given in (("", resent), (" of the rows backwards", backwards), (" of a tidy table", due)):
        got = library.tidy(given)
        assert isinstance(got, pd.DataFrame), f"tidy returned a {type(got).__name__}, not a table"
        assert list(got.columns) == list(due.columns), f"tidy returned the columns {list(got.columns)}"
        assert len(got) == len(due), (
            f"tidy{what} leaves {len(got)} rows of {len(given)}; there are {len(due)} payments"
        )
        assert got["event_id"].tolist() == due["event_id"].tolist(), (
            f"tidy{what} leaves the payments in another order than by at and event_id"
        )
        assert got.index.tolist() == due.index.tolist(), f"the index of tidy{what} is not 0, 1, 2, ..."
        tally = Tally()
        tally.add(got, due, due["event_id"])
        tally.expect_none(f"tidy{what}")


@pytest.mark.check("window-bounds", criterion="feature-correctness", points=2)
def test_window_bounds(library, tables):
    """A window holds the payments from exactly so many hours before to just before: not the payment
    itself, not those of the same second, but the one at the far edge."""
    hours = tables.arguments["hours"]
    cards = by_card(tables["bounds"])
    tally = Tally()
    for card, call in zip(cards, library.add_windows.starmap([(card, hours) for card in cards]), strict=True):
        got = answer(call.value, card, window_columns(hours), "add_windows")
        tally.add(got, reference.windows(card, hours), card["event_id"])
    tally.expect_none(f"windows of {hours} hours on {len(cards)} cards with payments at the edges")


@pytest.mark.check("lags-in-order", criterion="feature-correctness", points=2)
def test_lags_in_order(library, tables):
    """Lags count the card's earlier payments by time, then id, and never one of the same second; what
    is not there is missing, and hours are not rounded or cut at a day."""
    lags = tables.arguments["lags"]
    cards = by_card(tables["bounds"])
    tally = Tally()
    for card, call in zip(cards, library.add_lags.starmap([(card, lags) for card in cards]), strict=True):
        got = answer(call.value, card, lag_columns(lags), "add_lags")
        tally.add(got, reference.lags(card, lags), card["event_id"])
    tally.expect_none(f"lags {lags} on {len(cards)} cards, some with several payments in a second")


@pytest.mark.check("late-payments-once-known", criterion="feature-correctness", points=2)
def test_late_payments_once_known(library, tables, truth, substance, measure):
    """A payment that became known late counts from then on like any other, at the time it was made:
    where everything is known by now, lateness leaves no trace."""
    events = reference.tidy(read_frame(truth.public("public") / "events.csv"))
    measure("payments_late", int((events["known_at"] > events["at"]).sum()), "payments")
    substance("add_lags", "add_windows")
    lags, hours = tables.arguments["lags"], tables.arguments["hours"]
    cards = by_card(tables["late"])
    prompt = [card.assign(known_at=card["at"]) for card in cards]
    tally = Tally()
    for name, argument, columns in (
        ("add_lags", lags, lag_columns(lags)),
        ("add_windows", hours, window_columns(hours)),
    ):
        calls = getattr(library, name).starmap([(card, argument) for card in [*cards, *prompt]])
        late, due = calls[: len(cards)], calls[len(cards) :]
        for card, one, other in zip(cards, late, due, strict=True):
            got = answer(one.value, card, columns, name)
            tally.add(got, answer(other.value, card, columns, name), card["event_id"], settled(card))
    tally.expect_none("rows before which every payment is known, some of them late")


def settled(card: pd.DataFrame) -> np.ndarray:
    """Tell for each row whether all payments made before were known by then, one of them late."""
    at, known_at = card["at"].to_numpy(), card["known_at"].to_numpy()
    before = at[None, :] < at[:, None]
    unknown = before & (known_at[None, :] > at[:, None])
    late = before & (known_at > at)[None, :]
    return late.any(axis=1) & ~unknown.any(axis=1)


@pytest.mark.check("missing-amounts", criterion="feature-correctness", points=2)
def test_missing_amounts(library, tables, substance):
    """A payment without an amount is a payment: it counts, adds nothing, stays out of the mean, and as a
    lag it is missing instead of being skipped."""
    substance("add_lags", "add_windows")
    lags, hours = tables.arguments["lags"], tables.arguments["hours"]
    rng = np.random.default_rng(tables.arguments["volume_seed"])
    cards = by_card(tables["plain"])
    gone = [rng.random(len(card)) < 0.3 for card in cards]
    blank = [card.assign(amount=card["amount"].mask(mask)) for card, mask in zip(cards, gone, strict=True)]
    zero = [card.assign(amount=card["amount"].mask(mask, 0.0)) for card, mask in zip(cards, gone, strict=True)]
    there = [card.assign(amount=(~mask).astype("float64")) for card, mask in zip(cards, gone, strict=True)]
    place = [card.assign(amount=np.arange(1.0, len(card) + 1)) for card in cards]
    tally = Tally()
    frames = [*blank, *zero, *there]
    calls = library.add_windows.starmap([(frame, hours) for frame in frames])
    count = len(cards)
    for card, *three in zip(cards, calls[:count], calls[count : 2 * count], calls[2 * count :], strict=True):
        got, zeros, ones = (answer(call.value, card, window_columns(hours), "add_windows") for call in three)
        due = zeros.copy()
        for hour in hours:
            known, total = ones[f"sum_{hour}h"].to_numpy(), zeros[f"sum_{hour}h"].to_numpy()
            due[f"mean_{hour}h"] = np.where(known > 0, total / np.where(known > 0, known, 1), np.nan)
        tally.add(got, due, card["event_id"])
    calls = library.add_lags.starmap([(frame, lags) for frame in [*blank, *place]])
    for card, frame, one, other in zip(cards, blank, calls[:count], calls[count:], strict=True):
        got, where = (answer(call.value, card, lag_columns(lags), "add_lags") for call in (one, other))
        amounts = np.append(frame["amount"].to_numpy(), np.nan)
        due = where.copy()
        for lag in lags:
            row = np.clip(where[f"amount_lag_{lag}"].fillna(0).to_numpy(), 0, len(card)).astype("int64")
            due[f"amount_lag_{lag}"] = amounts[row - 1]
        tally.add(got, due, card["event_id"])
    tally.expect_none("payments of which three in ten have no amount")


@pytest.mark.check("calendar-local", criterion="feature-correctness", points=2)
def test_calendar_local(library, tables):
    """Hour, business day and its weekday are those of the wall clock where the card was used, in zones
    from Los Angeles to Kathmandu, far from any change of the clocks."""
    compare_calendar(library, tables, near=0)


@pytest.mark.check("calendar-at-clock-changes", criterion="feature-correctness", points=2)
def test_calendar_at_clock_changes(library, tables):
    """In the hours around a change of the clocks the business day still begins when the clock on the
    wall says so, not so many hours after midnight."""
    compare_calendar(library, tables, near=1)


def compare_calendar(library, tables, near: int) -> None:
    clocks = tables["clocks"]
    clocks = clocks[clocks["near"] == str(near)].drop(columns="near").reset_index(drop=True)
    start = tables.arguments["day_starts_at"]
    got = answer(library.add_calendar(clocks, start), clocks, CALENDAR_COLUMNS, "add_calendar")
    due = reference.calendar(clocks, start)
    if near:
        due = due.drop(columns="weekday")
    tally = Tally()
    tally.add(got, due, clocks["event_id"])
    tally.expect_none(f"business days that start at {start:02d}:00 on the wall clock")


@pytest.mark.check("rates-smoothed", criterion="feature-correctness", points=2)
@pytest.mark.parametrize("by", ["merchant", "country"])
def test_rates_smoothed(library, tables, by):
    """A rate is the share of fraud among the labelled payments of a value, drawn towards the overall
    share by the smoothing; a row gets it in a batch as it does alone."""
    train, scored = tables["labelled"], tables["scored"]
    scored = scored[scored[by].isin(train.loc[train["fraud"].notna(), by].dropna())].reset_index(drop=True)
    tally = Tally()
    for smoothing in tables.arguments["smoothing"]:
        fitted = library.fit_rates(train, by, smoothing)
        due = rate_column(scored, by, reference.rates(train, by, smoothing))
        got = answer(library.add_rates(scored, fitted), scored, [f"{by}_rate"], "add_rates")
        tally.add(got, due, scored["event_id"])
        singles = [scored.iloc[[row]].reset_index(drop=True) for row in range(0, len(scored), 12)]
        calls = library.add_rates.starmap([(single, fitted) for single in singles])
        for row, single, call in zip(range(0, len(scored), 12), singles, calls, strict=True):
            alone = answer(call.value, single, [f"{by}_rate"], "add_rates on one row")
            tally.add(alone, due.iloc[[row]].reset_index(drop=True), single["event_id"])
    tally.expect_none(f"rates by {by} seen in training")


@pytest.mark.check("rates-unseen-and-missing", criterion="feature-correctness", points=2)
@pytest.mark.parametrize("by", ["merchant", "country"])
def test_rates_unseen_and_missing(library, tables, by):
    """A value never seen in training gets the overall rate; a missing one is a value of its own, with
    its own rate, and the text NA is not missing."""
    train, scored = tables["labelled"], tables["scored"]
    train = train[train["fraud"].notna()].reset_index(drop=True)
    odd = scored[by].isna() | (scored[by] == "NA") | ~scored[by].isin(train[by].dropna())
    scored = scored[odd].reset_index(drop=True)
    smoothing = tables.arguments["smoothing"][0]
    fitted = library.fit_rates(train, by, smoothing)
    got = answer(library.add_rates(scored, fitted), scored, [f"{by}_rate"], "add_rates")
    tally = Tally()
    due = rate_column(scored, by, reference.rates(train, by, smoothing))
    # NA is a seen value: how it is smoothed is another check's, that it is not taken for missing is this one's.
    is_na = (scored[by] == "NA").to_numpy()
    tally.add(got, due, scored["event_id"], ~is_na)
    tally.expect_none(f"rates of values of {by} that are missing or new")
    if is_na.any():
        taken = got[f"{by}_rate"].to_numpy()
        missing = reference.rates_of(pd.Series([None]), reference.rates(train, by, smoothing))[0]
        assert (np.abs(taken[is_na] - missing) > 1e-6).all(), f"the {by} NA gets the rate of a missing one"


def rate_column(scored: pd.DataFrame, by: str, fitted: tuple) -> pd.DataFrame:
    return pd.DataFrame({f"{by}_rate": reference.rates_of(scored[by], fitted)})
