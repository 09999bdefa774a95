"""What several checks share: the candidate's tables beside the truth."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pandas as pd

ORDERS = [
    "order_id",
    "store_id",
    "customer",
    "ordered_at",
    "updated_at",
    "currency",
    "amount_minor",
]
DAILY = ["store_id", "business_date", "currency", "orders", "revenue_minor"]
QUARANTINE = ["file", "line", "reason"]
COUNTS = ["rows_in", "orders", "merged", "quarantined"]
REASONS = [
    "missing_key",
    "unknown_store",
    "bad_timestamp",
    "nonexistent_time",
    "currency_mismatch",
    "bad_amount",
    "conflicting_versions",
]


def read_orders(deliverables, truth, run: str = "fresh") -> pd.DataFrame:
    """Read orders.csv and insist that it is an attempt: nine tenths of the true orders are
    there, and a quarter of the ordinary ones with the right amount. Rows that were only copied
    add up, too, and are the same on a rerun."""
    orders = deliverables.csv(run, "out/orders.csv", columns=ORDERS)
    expected = truth.csv(run, "orders.csv")["order_id"]
    present = int(expected.isin(orders["order_id"]).sum())
    assert present >= 0.9 * len(expected), (
        f"only {present} of {len(expected)} orders are in orders.csv of run {run}"
    )
    plain = beside_truth(orders, truth.csv(run, "orders.csv").query("kind == 'plain'"))
    amounts = pd.to_numeric(plain["got_amount_minor"], errors="coerce")
    right = int((amounts == plain["amount_minor"].astype("int64")).sum())
    assert right >= 0.25 * len(plain), (
        f"only {right} of {len(plain)} ordinary orders in orders.csv of run {run} have the right amount:"
        " there is no clean table yet that could be judged"
    )
    return orders


def beside_truth(orders: pd.DataFrame, expected: pd.DataFrame) -> pd.DataFrame:
    """Return one row per expected order, the candidate's cells under `got_...`, empty where it is
    missing."""
    got = orders.drop_duplicates("order_id").set_index("order_id").add_prefix("got_")
    return expected.join(got, on="order_id").fillna("")


def instant(text: str) -> datetime | None:
    """Read a stamp with an offset, in whatever ISO notation; form is judged elsewhere."""
    try:
        stamp = datetime.fromisoformat(text)
    except ValueError:
        return None
    return stamp.astimezone(UTC) if stamp.tzinfo else None


def same_instant(table: pd.DataFrame, field: str) -> pd.Series:
    """Tell for each row whether the candidate's stamp is the true instant."""
    got = table[f"got_{field}"].map(instant)
    return pd.Series(
        [a == instant(b) for a, b in zip(got, table[field], strict=True)],
        index=table.index,
        dtype=bool,
    )


def local_days(orders: pd.DataFrame, stores: pd.DataFrame, path: str) -> pd.Series:
    """Return the calendar day on the wall clock of each order's shop."""
    clocks = {
        store: ZoneInfo(zone)
        for store, zone in zip(stores["store_id"], stores["zone"], strict=True)
    }
    days = []
    for store, text in zip(orders["store_id"], orders["ordered_at"], strict=True):
        stamp = instant(text)
        assert stamp is not None, f"{path} has a stamp that is no instant: {text!r}"
        assert store in clocks, f"{path} has a store that stores.csv does not know: {store!r}"
        days.append(stamp.astimezone(clocks[store]).date().isoformat())
    return pd.Series(days, index=orders.index, dtype=str)


def quarantine_reasons(table: pd.DataFrame) -> dict[tuple[str, str], str]:
    """Map (file, line) to the reason."""
    keys = zip(table["file"], table["line"], strict=True)
    return dict(zip(keys, table["reason"], strict=True))


def example(table: pd.DataFrame, wrong: pd.Series, expected: str, got: str) -> str:
    """Describe the first wrong row for the reviewer."""
    if not wrong.any():
        return ""
    first = table[wrong].iloc[0]
    return f"; {first['order_id']} has {first[got]!r} instead of {first[expected]!r}"
