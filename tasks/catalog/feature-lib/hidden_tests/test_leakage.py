"""Whether a feature uses anything it could not have known. No expected value is needed for that: the
library is held against itself."""

import feature_reference as reference
import numpy as np
import pandas as pd
import pytest
from feature_frames import (
    PAST,
    Tally,
    answer,
    by_card,
    differ,
    lag_columns,
    read_frame,
    read_settings,
    window_columns,
)

ROWS_A_CARD = 3
CARDS = 8


@pytest.mark.check("nothing-from-the-future", criterion="no-leakage", points=3)
def test_nothing_from_the_future(library, tables, truth, substance, measure):
    """Handed only what was known at a payment's moment, the functions say the same about it as with all
    that became known afterwards: later payments, and earlier ones that arrived late."""
    measure("counts_before_known", counts_before_known(truth), "payments")
    substance("add_lags", "add_windows")
    lags, hours = tables.arguments["lags"], tables.arguments["hours"]
    rng = np.random.default_rng(tables.arguments["volume_seed"])
    cards = by_card(tables["late"])
    chosen = [(card, row) for card in cards for row in unsettled_rows(card, rng)]
    known = [as_known(card, row) for card, row in chosen]
    tally = Tally()
    for name, argument, columns in (
        ("add_lags", lags, lag_columns(lags)),
        ("add_windows", hours, window_columns(hours)),
    ):
        calls = getattr(library, name).starmap([(card, argument) for card in [*cards, *known]])
        whole = {
            card["card"].iloc[0]: answer(call.value, card, columns, name)
            for card, call in zip(cards, calls[: len(cards)], strict=True)
        }
        for (card, row), frame, call in zip(chosen, known, calls[len(cards) :], strict=True):
            at_the_time = answer(call.value, frame, columns, name).iloc[[-1]].reset_index(drop=True)
            now = whole[card["card"].iloc[0]].iloc[[row]].reset_index(drop=True)
            tally.add(now, at_the_time, card["event_id"].iloc[[row]])
    tally.expect_none(f"{len(chosen)} payments, as known at their moment and with hindsight")


def unsettled_rows(card: pd.DataFrame, rng: np.random.Generator) -> list[int]:
    """Return rows to look at: first those whose card had payments that were not known yet."""
    at, known_at = card["at"].to_numpy(), card["known_at"].to_numpy()
    unknown = ((at[None, :] < at[:, None]) & (known_at[None, :] > at[:, None])).any(axis=1)
    order = rng.permutation(len(card))
    return sorted([*order[unknown[order]], *order[~unknown[order]]][:ROWS_A_CARD])


def as_known(card: pd.DataFrame, row: int) -> pd.DataFrame:
    """Return what was known of the card when this payment was made, which comes last."""
    moment = card["at"].iloc[row]
    past = card[(card["at"] < moment) & (card["known_at"] <= moment)]
    return pd.concat([past, card.iloc[[row]]], ignore_index=True)


def counts_before_known(truth) -> int:
    """Return of how many payments of the candidate's the longest count depends on `known_at`."""
    folder = truth.public("public")
    events = reference.tidy(read_frame(folder / "events.csv"))
    hours = [max(read_settings(folder)["hours"])]
    column = f"count_{hours[0]}h"
    asked = reference.windows(events, hours)[column]
    return int((asked != reference.windows(events, hours, known=False)[column]).sum())


@pytest.mark.check("rates-without-own-labels", criterion="no-leakage", points=3)
@pytest.mark.parametrize("by", ["merchant", "country"])
def test_rates_without_own_labels(library, tables, substance, measure, by):
    """In training, a row's rate is the one that would be fitted without the labels of its own card: none
    of them, in no part of the formula."""
    substance("add_rates", "add_train_rates")
    train = tables["labelled"]
    smoothing = tables.arguments["smoothing"][0]
    whole = answer(library.add_train_rates(train, by, smoothing), train, [f"{by}_rate"], "add_train_rates")
    cards = train["card"].drop_duplicates().tolist()[:CARDS]
    others = [train[train["card"] != card].reset_index(drop=True) for card in cards]
    fits = library.fit_rates.starmap([(frame, by, smoothing) for frame in others])
    own = [train[train["card"] == card].reset_index(drop=True) for card in cards]
    calls = library.add_rates.starmap([(frame, fit.value) for frame, fit in zip(own, fits, strict=True)])
    tally = Tally()
    for card, frame, rest, call in zip(cards, own, others, calls, strict=True):
        due = answer(call.value, frame, [f"{by}_rate"], "add_rates")
        got = whole[(train["card"] == card).to_numpy()].reset_index(drop=True)
        seen = frame[by].isin(rest.loc[rest["fraud"].notna(), by].dropna()).to_numpy()
        tally.add(got, due, frame["event_id"], seen)
    flipped = train.assign(fraud=train["fraud"].where(train["card"] != cards[0], 1 - train["fraud"]))
    again = answer(library.add_train_rates(flipped, by, smoothing), train, [f"{by}_rate"], "add_train_rates")
    mine = (train["card"] == cards[0]).to_numpy()
    before, after = (table[f"{by}_rate"].to_numpy()[mine] for table in (whole, again))
    moved = np.nan_to_num(np.abs(after - before)).max()
    measure(f"own_labels_move_{by}_rate", float(moved), "1", reference=0.0)
    tally.expect_none(f"training rates by {by} beside those fitted without the card's own rows")
    assert not differ(after, before).any(), f"a card's own labels move its {by}_rate by up to {moved:.4f}"


@pytest.mark.check("cards-independent", criterion="no-leakage", points=2)
def test_cards_independent(library, tables, substance):
    """Nothing crosses from one card to another: a batch of many cards says what each card says alone, and
    other names for the cards change nothing."""
    substance("add_lags", "add_windows")
    lags, hours = tables.arguments["lags"], tables.arguments["hours"]
    plain = tables["plain"][PAST]
    cards = by_card(plain)
    names = sorted(plain["card"].unique())
    renamed = plain.assign(card=plain["card"].map(dict(zip(names, names[::-1], strict=True))))
    tally = Tally()
    for name, argument, columns in (
        ("add_lags", lags, lag_columns(lags)),
        ("add_windows", hours, window_columns(hours)),
    ):
        frames = [plain, renamed, *cards]
        calls = getattr(library, name).starmap([(frame, argument) for frame in frames])
        whole, other, *alone = (
            answer(call.value, frame, columns, name) for frame, call in zip(frames, calls, strict=True)
        )
        for card, due in zip(cards, alone, strict=True):
            tally.add(whole[plain["card"].isin(card["card"]).to_numpy()].reset_index(drop=True), due, card["event_id"])
        tally.add(other, whole, plain["event_id"])
    tally.expect_none(f"{len(cards)} cards in one batch beside each of them alone")
