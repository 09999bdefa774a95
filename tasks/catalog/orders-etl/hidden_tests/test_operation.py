"""Form, arithmetic, reruns and volume: what makes the job fit to run every night."""

import pandas as pd
import pytest
from orders_evidence import COUNTS, DAILY, ORDERS, QUARANTINE, REASONS, local_days, read_orders
from worksample_checks import whole_numbers

OUTPUTS = ["out/orders.csv", "out/daily_revenue.csv", "out/quarantine.csv", "out/summary.json"]
STAMP = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"


def read_summary(deliverables, run: str) -> dict:
    """Read summary.json and insist on the briefed keys with whole numbers."""
    summary = deliverables.json(run, "out/summary.json")
    assert isinstance(summary, dict), "summary.json is not an object"
    by_reason = summary.get("quarantined_by_reason")
    assert isinstance(by_reason, dict), "summary.json has no object quarantined_by_reason"
    assert set(by_reason) == set(REASONS), f"quarantined_by_reason has the keys {sorted(by_reason)}"
    for name, value in [(key, summary.get(key)) for key in COUNTS] + list(by_reason.items()):
        assert type(value) is int, f"{name} in summary.json is {value!r}, not a whole number"
    return summary


@pytest.mark.check("outputs-as-specified", criterion="operability", points=1)
@pytest.mark.parametrize("run", ["public", "fresh"])
def test_outputs_as_specified(deliverables, truth, run):
    """All four files have the briefed columns, order of rows, notation of instants and numbers, on
    the candidate's own data and on unseen data."""
    orders = read_orders(deliverables, truth, run)
    daily = deliverables.csv(run, "out/daily_revenue.csv", columns=DAILY)
    quarantine = deliverables.csv(run, "out/quarantine.csv", columns=QUARANTINE)
    for name, table, columns in [
        ("orders", orders, ORDERS),
        ("daily_revenue", daily, DAILY),
        ("quarantine", quarantine, QUARANTINE),
    ]:
        assert list(table.columns) == columns, f"{name}.csv has the columns {list(table.columns)}"
    for field in ("ordered_at", "updated_at"):
        odd = orders.loc[~orders[field].str.fullmatch(STAMP), field]
        assert odd.empty, (
            f"{len(odd)} stamps in {field} of orders.csv are not YYYY-MM-DDTHH:MM:SSZ, e.g. {odd.iloc[0]!r}"
        )
    whole_numbers(orders["amount_minor"], "amount_minor of orders.csv")
    whole_numbers(daily["orders"], "orders of daily_revenue.csv")
    whole_numbers(daily["revenue_minor"], "revenue_minor of daily_revenue.csv")
    lines = whole_numbers(quarantine["line"], "line of quarantine.csv")
    unknown = sorted(set(quarantine["reason"]) - set(REASONS))
    assert not unknown, f"quarantine.csv has reasons the brief does not know: {unknown}"
    keys = {
        "orders.csv": list(orders["order_id"]),
        "daily_revenue.csv": list(zip(daily["store_id"], daily["business_date"], strict=True)),
        "quarantine.csv": list(zip(quarantine["file"], lines, strict=True)),
    }
    for name, rows in keys.items():
        assert rows == sorted(rows), f"{name} is not sorted as briefed"
    read_summary(deliverables, run)


@pytest.mark.check("revenue-by-local-day", criterion="data-correctness", points=2)
def test_revenue_by_local_day(deliverables, truth, measure):
    """The daily table is the sum of the candidate's own orders by the calendar day on the shop's
    wall clock, not by UTC day. An error in the orders themselves is charged to the check that finds
    it, not here again."""
    orders = read_orders(deliverables, truth).copy()
    stores = pd.read_csv(truth.public("fresh") / "stores.csv", dtype=str, keep_default_na=False)
    orders["business_date"] = local_days(orders, stores, "orders.csv")
    orders["revenue"] = whole_numbers(orders["amount_minor"], "amount_minor of orders.csv")
    due = orders.groupby(["store_id", "business_date", "currency"])["revenue"].agg(["size", "sum"])
    due = {key: (int(row["size"]), int(row["sum"])) for key, row in due.iterrows()}
    daily = deliverables.csv("fresh", "out/daily_revenue.csv", columns=DAILY)
    counts = whole_numbers(daily["orders"], "orders of daily_revenue.csv").tolist()
    sums = whole_numbers(daily["revenue_minor"], "revenue_minor of daily_revenue.csv").tolist()
    keys = list(zip(daily["store_id"], daily["business_date"], daily["currency"], strict=True))
    got = dict(zip(keys, zip(counts, sums, strict=True), strict=True))
    measure("true_daily_revenues", share_of_true_days(got, truth), "1", reference=1.0)
    assert len(got) == len(keys), (
        f"{len(keys) - len(got)} shop days are in daily_revenue.csv more than once"
    )
    wrong = sorted(key for key in due.keys() | got.keys() if due.get(key) != got.get(key))
    assert not wrong, (
        f"{len(wrong)} of {len(due)} shop days do not follow from orders.csv, e.g. {' '.join(wrong[0])}:"
        f" (orders, revenue) {got.get(wrong[0])} instead of {due.get(wrong[0])}"
    )


def share_of_true_days(got: dict, truth) -> float:
    """Return the share of true shop days that the candidate's table has, with the right sums."""
    table = truth.csv("fresh", "daily_revenue.csv")
    right = [
        got.get((row.store_id, row.business_date, row.currency))
        == (int(row.orders), int(row.revenue_minor))
        for row in table.itertuples()
    ]
    return sum(right) / len(right)


@pytest.mark.check("counts-add-up", criterion="operability", points=2)
def test_counts_add_up(deliverables, truth, measure):
    """Rows in = orders + merged + quarantined, with the true number of rows in and the numbers the
    files show: no row was dropped silently."""
    measure(
        "rows_merged",
        read_summary(deliverables, "public")["merged"],
        "rows",
        reference=truth.json("public", "totals.json")["merged"],
    )
    summary = read_summary(deliverables, "fresh")
    orders = len(read_orders(deliverables, truth))
    quarantine = deliverables.csv("fresh", "out/quarantine.csv", columns=QUARANTINE)
    rows_in = truth.json("fresh", "totals.json")["rows_in"]
    assert summary["rows_in"] == rows_in, (
        f"summary.json counts {summary['rows_in']} rows in, the feeds have {rows_in}"
    )
    assert summary["orders"] == orders, (
        f"summary.json counts {summary['orders']} orders, orders.csv has {orders}"
    )
    assert summary["quarantined"] == len(quarantine), (
        f"summary.json counts {summary['quarantined']} quarantined rows, quarantine.csv has {len(quarantine)}"
    )
    reasons = {reason: int((quarantine["reason"] == reason).sum()) for reason in REASONS}
    assert summary["quarantined_by_reason"] == reasons, (
        f"summary.json counts {summary['quarantined_by_reason']} by reason, quarantine.csv {reasons}"
    )
    assert len(quarantine) == len(quarantine.drop_duplicates(["file", "line"])), (
        "a row is in quarantine.csv twice"
    )
    total = summary["orders"] + summary["merged"] + summary["quarantined"]
    assert total == rows_in, (
        f"{rows_in} rows in, but orders + merged + quarantined = {total}: {rows_in - total} rows are unaccounted for"
    )


@pytest.mark.check("rerun-identical", criterion="operability", points=2)
def test_rerun_identical(deliverables, truth):
    """A second run over the same delivery into the same folder leaves the very same bytes: nothing
    is appended, no clock and no chance enters the output."""
    read_orders(deliverables, truth)
    changed = [
        path
        for path in OUTPUTS
        if deliverables.sha256("fresh", path) != deliverables.sha256("fresh_again", path)
    ]
    assert not changed, f"the second run changed {', '.join(changed)}"


@pytest.mark.check("five-times-the-volume", criterion="operability", points=2)
def test_five_times_the_volume(deliverables, truth, runs, measure):
    """Five times the rows stay within the limits on time and memory: cost grows with the rows, not
    with their square."""
    run = runs["volume"]
    fresh = runs["fresh"]
    measure(
        "volume_wall_time_s", run.wall_time_s, "s", reference=fresh.wall_time_s, varies=True
    )
    measure(
        "volume_memory_peak_bytes",
        run.memory_peak_bytes,
        "bytes",
        reference=fresh.memory_peak_bytes,
        varies=True,
    )
    assert run.finished, (
        f"the run over five times the rows ended as {run.exit_kind} (exit code {run.exit_code}) after {run.wall_time_s:.1f} s"
    )
    read_orders(deliverables, truth, "volume")
