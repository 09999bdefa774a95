"""Whether the library holds where callers are careless: order, index, edges, sizes, volume."""

import re

import numpy as np
import pandas as pd
import pytest
from feature_frames import (
    CALENDAR_COLUMNS,
    Tally,
    answer,
    by_card,
    lag_columns,
    window_columns,
)
from rolling_reference import ROWS, draw_volume, rolling_seconds

DATE = re.compile(r"\d{4}-\d\d-\d\d")
VOLUME_FACTOR = 20.0
SLACK_S = 2.0
"""What handing 200,000 rows over and back may take beside the work."""
PATIENCE_S = 25.0


@pytest.fixture
def adders(library, tables, substance) -> list[tuple]:
    """Give (function's name, table, further arguments, new columns) of all that add columns."""
    substance("add_lags", "add_windows", "add_calendar", "add_rates", "add_train_rates")
    arguments = tables.arguments
    lags, hours, start = arguments["lags"], arguments["hours"], arguments["day_starts_at"]
    train, smoothing = tables["labelled"], arguments["smoothing"][0]
    fitted = library.fit_rates(train, "merchant", smoothing)
    return [
        ("add_lags", tables["plain"], (lags,), lag_columns(lags)),
        ("add_windows", tables["plain"], (hours,), window_columns(hours)),
        ("add_calendar", tables["plain"], (start,), CALENDAR_COLUMNS),
        ("add_rates", tables["scored"], (fitted,), ["merchant_rate"]),
        ("add_train_rates", train, ("merchant", smoothing), ["merchant_rate"]),
    ]


@pytest.mark.check("row-order-free", criterion="robustness", points=2)
def test_row_order_free(library, tables, adders):
    """The order of the rows means nothing, and the same call twice says the same."""
    rng = np.random.default_rng(tables.arguments["volume_seed"])
    tally = Tally()
    for name, frame, arguments, columns in adders:
        orders = [np.arange(len(frame)), np.arange(len(frame))[::-1], rng.permutation(len(frame))]
        frames = [frame.iloc[order].reset_index(drop=True) for order in [orders[0], *orders]]
        calls = getattr(library, name).starmap([(one, *arguments) for one in frames])
        due, *others = (answer(call.value, one, columns, name) for one, call in zip(frames, calls, strict=True))
        for order, got in zip(orders, others, strict=True):
            tally.add(got, due.iloc[order].reset_index(drop=True), frame["event_id"].iloc[order])
    tally.expect_none("the same rows once more, backwards and shuffled")


@pytest.mark.check("rows-kept", criterion="robustness", points=2)
def test_rows_kept(library, tables, adders):
    """Every row comes back, at its place, under its label (labels may repeat), with the columns it came
    with, those without amount and those of an unknown merchant included."""
    rng = np.random.default_rng(tables.arguments["volume_seed"])
    for name, frame, arguments, columns in adders:
        given = frame.iloc[rng.permutation(len(frame))].assign(note=[f"row {n}" for n in range(len(frame))])
        given["amount"] = given["amount"].mask(rng.random(len(given)) < 0.2)
        given.index = pd.Index(rng.choice(["a", "b", "c", "d"], size=len(given)).tolist(), name="label")
        got = getattr(library, name)(given, *arguments)
        assert isinstance(got, pd.DataFrame), f"{name} returned a {type(got).__name__}, not a table"
        assert len(got) == len(given), f"{name} was given {len(given)} rows and returned {len(got)}"
        due = [*given.columns, *columns]
        assert list(got.columns) == due, f"{name} returned the columns {list(got.columns)} instead of {due}"
        assert got["event_id"].tolist() == given["event_id"].tolist(), f"{name} changed the order of the rows"
        assert got.index.tolist() == given.index.tolist(), f"{name} changed the index of the rows"
        tally = Tally()
        tally.add(got, given, given["event_id"])
        tally.expect_none(f"columns that {name} was given")


@pytest.mark.check("input-untouched", criterion="robustness", points=1)
def test_input_untouched(library, tables, adders):
    """No function changes what it is given: a caller goes on with the table it had."""
    rng = np.random.default_rng(tables.arguments["volume_seed"])
    labelled, resent = tables["labelled"], tables["resent"]
    calls = [(name, frame, arguments) for name, frame, arguments, _ in adders]
    calls += [("tidy", resent, ()), ("fit_rates", labelled, ("merchant", tables.arguments["smoothing"][0]))]
    for name, frame, arguments in calls:
        given = frame.iloc[rng.permutation(len(frame))]
        _, (after, *others) = getattr(library, name).with_arguments()(given, *arguments)
        expect_same_table(name, after, given)
        for before, now in zip(arguments, others, strict=True):
            assert not isinstance(before, list) or now == before, f"{name} was given {before} and left {now}"


def expect_same_table(name: str, after: object, given: pd.DataFrame) -> None:
    assert isinstance(after, pd.DataFrame), f"{name} left a {type(after).__name__} of its table"
    assert list(after.columns) == list(given.columns), (
        f"{name} was given the columns {list(given.columns)} and left {list(after.columns)}"
    )
    assert after.index.tolist() == given.index.tolist(), f"{name} changed the rows or the index it was given"
    tally = Tally()
    tally.add(after, given, given["event_id"])
    tally.expect_none(f"what {name} was given, after the call")


@pytest.mark.check("empty-and-single", criterion="robustness", points=2)
def test_empty_and_single(library, tables, adders):
    """Tables with no row or one row are tables: the rows and all columns come back, the only payment there
    is has no lag, and rates fitted on nothing are missing."""
    plain, labelled = tables["plain"], tables["labelled"]
    for given in (plain.iloc[:0], plain.iloc[:1]):
        got = library.tidy(given)
        assert isinstance(got, pd.DataFrame), f"tidy returned a {type(got).__name__}, not a table"
        assert list(got.columns) == list(given.columns), f"tidy of a short table returned {list(got.columns)}"
        assert got["event_id"].tolist() == given["event_id"].tolist(), "tidy of a short table lost or made rows"
    for name, frame, arguments, columns in adders:
        empty, single = frame.iloc[:0], frame.iloc[:1].reset_index(drop=True)
        got = getattr(library, name)(empty, *arguments)
        assert isinstance(got, pd.DataFrame), f"{name} returned a {type(got).__name__}, not a table"
        due = [*empty.columns, *columns]
        assert list(got.columns) == due, f"{name} of no rows returned the columns {list(got.columns)}"
        assert len(got) == 0, f"{name} of no rows returned {len(got)}"
        table = answer(getattr(library, name)(single, *arguments), single, columns, f"{name} of one row")
        for column in columns:
            judge_single(name, column, table[column])
    nothing = library.fit_rates(labelled.iloc[:0], "merchant", 5)
    scored = tables["scored"].iloc[:10]
    got = answer(library.add_rates(scored, nothing), scored, ["merchant_rate"], "add_rates")
    rates = got["merchant_rate"]
    assert rates.isna().all(), f"a rate fitted on no rows is {rates.dropna().iloc[0]}, not missing"


def judge_single(name: str, column: str, series: pd.Series) -> None:
    """Hold a feature of the only row there is against what it must be."""
    value = series[0]
    if column == "business_date":
        assert DATE.fullmatch(str(value)), f"business_date of a single row is {value!r}"
    elif name == "add_lags":
        assert np.isnan(value), f"{column} of a single row is {value}, not missing"
    elif not column.startswith("mean_") and not name.endswith("rates"):
        assert np.isfinite(value), f"{column} of a single row is missing"


@pytest.mark.check("amounts-of-any-size", criterion="robustness", points=1)
def test_amounts_of_any_size(library, tables, substance):
    """Payments of hundreds of millions that have left every window leave no trace in the cents, and a
    thousand times the amount is a thousand times the sum."""
    substance("add_lags", "add_windows")
    lags, hours = tables.arguments["lags"], tables.arguments["hours"]
    cards = [card.assign(amount=(card["amount"] / 400).clip(lower=0.01).round(2)) for card in by_card(tables["plain"])[:6]]
    rng = np.random.default_rng(tables.arguments["volume_seed"])
    after_giants = [with_giants(card, max(hours), rng) for card in cards]
    dearer = [card.assign(amount=(card["amount"] * 100_000).round(2)) for card in cards]
    count = len(cards)
    calls = library.add_windows.starmap([(frame, hours) for frame in [*cards, *after_giants, *dearer]])
    plain, giants, thousands = calls[:count], calls[count : 2 * count], calls[2 * count :]
    tally = Tally()
    scaled = [name for name in window_columns(hours) if not name.startswith("count")]
    for card, longer, one, two, three in zip(cards, after_giants, plain, giants, thousands, strict=True):
        due = answer(one.value, card, window_columns(hours), "add_windows")
        got = answer(two.value, longer, window_columns(hours), "add_windows")
        tally.add(got.iloc[-len(card) :].reset_index(drop=True), due, card["event_id"])
        got = answer(three.value, card, window_columns(hours), "add_windows")
        tally.add(got, due.assign(**{name: due[name] * 100_000 for name in scaled}), card["event_id"])
    calls = library.add_lags.starmap([(frame, lags) for frame in [*cards, *dearer]])
    scaled = [name for name in lag_columns(lags) if name.startswith("amount")]
    for card, one, two in zip(cards, calls[:count], calls[count:], strict=True):
        due, got = (answer(call.value, card, lag_columns(lags), "add_lags") for call in (one, two))
        tally.add(got, due.assign(**{name: due[name] * 100_000 for name in scaled}), card["event_id"])
    tally.expect_none("small payments after 400 of hundreds of millions, and the same payments in another unit")


def with_giants(card: pd.DataFrame, hours: int, rng: np.random.Generator) -> pd.DataFrame:
    """Return the card with 400 huge payments that ended just before its first window begins."""
    end = card["at"].min() - pd.Timedelta(hours=hours, seconds=1)
    at = end - pd.to_timedelta(np.arange(400)[::-1] * 60, unit="s")
    giants = pd.concat([card.iloc[[0]]] * 400, ignore_index=True)
    giants["event_id"] = [f"g{n:04d}" for n in range(400)]
    giants["at"] = giants["known_at"] = pd.Series(at)
    giants["amount"] = rng.uniform(5e8, 9.9e8, size=400).round(2)
    return pd.concat([giants, card], ignore_index=True)


@pytest.mark.check("volume-in-time", criterion="robustness", points=2)
@pytest.mark.parametrize("name", ["add_windows", "add_lags"])
def test_volume_in_time(library, volume, substance, measure, name):
    """200,000 payments of 2,000 cards take at most 20 times as long as the plain rolling sum of the brief,
    timed on the same rows before and after; the slowest of these counts, and the better of two calls."""
    substance(name)
    argument, columns = {
        "add_windows": ([24], window_columns([24])),
        "add_lags": ([1, 3], lag_columns([1, 3])),
    }[name]
    reference_s = rolling_seconds(volume)
    patience_s = max(PATIENCE_S, VOLUME_FACTOR * reference_s + SLACK_S)
    seconds = patience_s
    for _ in range(2):
        call = library.timed(name, patience_s).call(volume, argument)
        assert call.returned, (
            f"{name} on 200,000 payments: {call.state}, {call.words}; the rolling sum takes {reference_s:.2f} s"
        )
        seconds = min(seconds, call.seconds)
        reference_s = max(reference_s, rolling_seconds(volume))
        if seconds <= VOLUME_FACTOR * reference_s + SLACK_S:
            break
    allowed_s = VOLUME_FACTOR * reference_s + SLACK_S
    measure(f"{name}_s", seconds, "s", reference=reference_s, at_most=allowed_s, varies=True)
    assert isinstance(call.value, pd.DataFrame), f"{name} returned a {type(call.value).__name__}"
    assert len(call.value) == ROWS, f"{name} was given 200,000 rows and returned {len(call.value)}"
    assert set(columns) <= set(call.value.columns), f"{name} returned the columns {list(call.value.columns)}"
    assert seconds <= allowed_s, (
        f"{name} on 200,000 payments takes {seconds:.1f} s; the rolling sum takes {reference_s:.2f} s, "
        f"so {allowed_s:.1f} s were allowed"
    )


@pytest.fixture(scope="module")
def volume(tables) -> pd.DataFrame:
    return draw_volume(tables.arguments["volume_seed"])
