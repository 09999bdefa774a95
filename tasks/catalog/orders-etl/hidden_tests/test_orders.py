"""Which orders survive, and whether their instants and amounts are right."""

import pandas as pd
import pytest
from orders_evidence import beside_truth, example, read_orders, same_instant
from worksample_checks import whole_numbers


def wrong_amounts(table: pd.DataFrame) -> pd.Series:
    """Tell for each expected order whether the amount is missing or another one."""
    amounts = whole_numbers(
        table["got_amount_minor"].replace("", "-1"), "amount_minor of orders.csv"
    )
    return pd.Series(amounts, index=table.index) != table["amount_minor"].astype("int64")


@pytest.mark.check("latest-version-wins", criterion="data-correctness", points=3)
def test_latest_version_wins(deliverables, truth):
    """Of several versions of an order the last update wins, compared as instants: not the last row
    read, and not the stamp that sorts last as text. Finance sees the corrected amounts."""
    expected = truth.csv("fresh", "orders.csv").query("kind == 'version'")
    table = beside_truth(read_orders(deliverables, truth), expected)
    stale = ~same_instant(table, "updated_at")
    plain = (table["feed"] == "0") & ~stale
    stale |= plain & wrong_amounts(table)
    assert not stale.any(), (
        f"{stale.sum()} of {len(table)} orders that were changed later are not in their latest version"
        + example(table, stale, "updated_at", "got_updated_at")
    )


@pytest.mark.check("copies-merged", criterion="data-correctness", points=2)
def test_copies_merged(deliverables, truth, measure):
    """An order sent again, letter for letter or with other case, blanks or offset, is one order, so
    no revenue is counted twice."""
    orders = read_orders(deliverables, truth)
    expected = truth.csv("fresh", "orders.csv").query("kind == 'copy'")["order_id"]
    copies = orders["order_id"].str.strip().str.upper().value_counts()
    found = expected.map(copies).fillna(0).astype(int)
    measure("resent_orders_once", float((found == 1).mean()), "1", reference=1.0)
    assert (found == 1).all(), (
        f"of {len(expected)} orders that were sent again, {(found > 1).sum()} are in orders.csv more than once"
        f" and {(found == 0).sum()} not at all"
    )


@pytest.mark.check("lookalikes-kept", criterion="data-correctness", points=2)
def test_lookalikes_kept(deliverables, truth):
    """Two real orders of one customer over the same amount on the same day both stay: merging is by
    order, not by resemblance, so no revenue is lost."""
    orders = read_orders(deliverables, truth)
    expected = truth.csv("fresh", "orders.csv").query("kind == 'twin'")["order_id"]
    missing = expected[~expected.isin(orders["order_id"])]
    assert missing.empty, (
        f"{len(missing)} of {len(expected)} orders with a look-alike are missing, e.g. {missing.iloc[0]}"
    )


@pytest.mark.check("naive-stamps-in-shop-time", criterion="data-correctness", points=2)
def test_naive_stamps_in_shop_time(deliverables, truth):
    """A stamp without offset is read on the wall clock of its shop, with the offset in force on
    that day."""
    expected = truth.csv("fresh", "orders.csv").query("kind == 'plain' and naive == '1'")
    table = beside_truth(read_orders(deliverables, truth), expected)
    wrong = ~same_instant(table, "ordered_at")
    assert not wrong.any(), (
        f"{wrong.sum()} of {len(table)} ordinary stamps without offset are at the wrong instant"
        + example(table, wrong, "ordered_at", "got_ordered_at")
    )


@pytest.mark.check("repeated-hour", criterion="data-correctness", points=2)
def test_repeated_hour(deliverables, truth, measure):
    """In the hour that the clock shows twice in the night of the change, the briefed default is
    applied: the second pass."""
    expected = truth.csv("fresh", "orders.csv").query("kind == 'repeated'")
    measure("repeated_hour_rows", truth.json("public", "totals.json")["repeated_hour_rows"], "rows")
    table = beside_truth(read_orders(deliverables, truth), expected)
    wrong = ~same_instant(table, "ordered_at")
    assert not wrong.any(), (
        f"{wrong.sum()} of {len(table)} orders from the repeated hour are at the wrong instant"
        + example(table, wrong, "ordered_at", "got_ordered_at")
    )


@pytest.mark.check("minor-units", criterion="data-correctness", points=2)
def test_minor_units(deliverables, truth):
    """Amounts are whole numbers of the currency's own smallest unit, for currencies with no, two
    and three decimal digits alike."""
    expected = truth.csv("fresh", "orders.csv").query("kind == 'plain' and feed == '0'")
    table = beside_truth(read_orders(deliverables, truth), expected)
    wrong = wrong_amounts(table)
    digits = ", ".join(
        f"{wrong[group.index].sum()} with {digits}" for digits, group in table.groupby("digits")
    )
    assert not wrong.any(), (
        f"{wrong.sum()} of {len(table)} amounts are wrong, by decimal digits of the currency: {digits}"
        + example(table, wrong, "amount_minor", "got_amount_minor")
    )


@pytest.mark.check("files-by-contract", criterion="data-correctness", points=2)
@pytest.mark.parametrize("feed", ["1", "2"], ids=["renamed_columns", "decimal_comma"])
def test_files_by_contract(deliverables, truth, feed):
    """Each file is read as feeds.json describes it: renamed and additional columns, decimal comma,
    thousands mark, other encoding. A new delivery with other names needs no change of code."""
    expected = truth.csv("fresh", "orders.csv").query(
        "kind == 'plain' and feed == @feed and digits == '2'"
    )
    table = beside_truth(read_orders(deliverables, truth), expected)
    wrong = wrong_amounts(table)
    assert not wrong.any(), (
        f"{wrong.sum()} of {len(table)} amounts from feed number {int(feed) + 1} are wrong"
        + example(table, wrong, "amount_minor", "got_amount_minor")
    )
    others = (table["got_customer"] != table["customer"]) | (
        table["got_store_id"] != table["store_id"]
    )
    assert not others.any(), (
        f"{others.sum()} of {len(table)} orders from feed number {int(feed) + 1} have another customer or shop"
    )
