"""Merge the order feeds of one delivery: python etl.py --in DATA --out OUT."""

import argparse
import json
from pathlib import Path

import numpy as np
import pandas as pd

FIELDS = ["order_id", "store_id", "customer", "amount", "currency", "ordered_at", "updated_at"]
REASONS = [
    "missing_key",
    "unknown_store",
    "bad_timestamp",
    "nonexistent_time",
    "currency_mismatch",
    "bad_amount",
    "conflicting_versions",
]
STAMP = r"^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2})(?:(Z)|([+-]\d{2}):?(\d{2}))?$"
CONTENT = ["store_id", "customer", "ordered_at", "currency", "amount_minor"]


def read_feed(folder: Path, feed: dict) -> pd.DataFrame:
    """Read one file under our field names, amounts in plain notation."""
    raw = pd.read_csv(
        folder / feed["file"],
        sep=feed["delimiter"],
        encoding=feed["encoding"],
        dtype=str,
        keep_default_na=False,
        skip_blank_lines=False,
    )
    rows = pd.DataFrame({field: raw[feed["columns"][field]].str.strip(" \t") for field in FIELDS})
    if feed["thousands"]:
        rows["amount"] = rows["amount"].str.replace(feed["thousands"], "", regex=False)
    rows["amount"] = rows["amount"].str.replace(feed["decimal"], ".", regex=False)
    for field in ("order_id", "store_id", "currency"):
        rows[field] = rows[field].str.upper()
    rows["customer"] = rows["customer"].str.lower()
    rows["file"] = feed["file"]
    rows["line"] = np.arange(2, len(rows) + 2)
    return rows


def to_instants(stamps: pd.Series, zones: pd.Series) -> tuple[pd.Series, pd.Series, pd.Series]:
    """Return the instants in UTC, which stamps are bad, and which lie in a skipped hour."""
    parts = stamps.str.extract(STAMP)
    wall = pd.to_datetime(parts[0] + " " + parts[1], format="%Y-%m-%d %H:%M:%S", errors="coerce")
    bad = wall.isna()
    offset = pd.to_numeric(parts[3] + parts[4], errors="coerce")
    minutes = np.sign(offset) * (offset.abs() // 100 * 60 + offset.abs() % 100)
    has_offset = (parts[2].notna() | parts[3].notna()) & ~bad
    instants = wall.dt.tz_localize("UTC") - pd.to_timedelta(minutes.fillna(0), unit="min")
    skipped = pd.Series(False, index=stamps.index)
    for zone in zones.dropna().unique():
        here = (zones == zone) & ~has_offset & ~bad
        # Not daylight-saving time: of the hour that is shown twice the second pass is meant.
        standard = np.zeros(here.sum(), dtype=bool)
        local = wall[here].dt.tz_localize(zone, ambiguous=standard, nonexistent="NaT")
        instants[here] = local.dt.tz_convert("UTC")
        skipped[here] = local.isna()
    return instants, bad, skipped


def judge(rows: pd.DataFrame) -> pd.DataFrame:
    """Add instants, minor units and, for unusable rows, the first reason that applies."""
    ordered, bad_ordered, skipped_ordered = to_instants(rows["ordered_at"], rows["zone"])
    updated, bad_updated, skipped_updated = to_instants(rows["updated_at"], rows["zone"])
    number = rows["amount"].str.extract(r"^(\d+)(?:\.(\d+))?$")
    decimals = number[1].fillna("")
    digits = rows["minor_digits"].fillna(0).astype(int)
    minor = number[0] + [part.ljust(size, "0") for part, size in zip(decimals, digits, strict=True)]
    rows["reason"] = np.select(
        [
            rows["order_id"] == "",
            rows["zone"].isna(),
            bad_ordered | bad_updated,
            skipped_ordered | skipped_updated,
            rows["currency"] != rows["store_currency"],
            number[0].isna() | (decimals.str.len() > digits),
        ],
        REASONS[:6],
        default="",
    )
    good = rows["reason"] == ""
    rows["ordered_at"], rows["updated_at"] = ordered, updated
    rows["amount_minor"] = minor.where(good, "0").astype("int64")
    return rows


def number_orders(order_ids: pd.Series) -> np.ndarray:
    """Give all rows of one order the same number: each row against each other, without a Python loop."""
    codes = order_ids.str.extract(r"(\d+)")[0].astype("int64").to_numpy()
    distance = np.abs(codes[:, None] - codes[None, :])
    return (distance == 0).argmax(axis=1)


def merge_versions(good: pd.DataFrame) -> tuple[pd.DataFrame, pd.Series]:
    """Return the surviving row of each order and a mask of the rows nobody can decide."""
    newest = good["updated_at"] == good.groupby(number_orders(good["order_id"]))[
        "updated_at"
    ].transform("max")
    contents = good[newest].drop_duplicates(["order_id", *CONTENT])["order_id"]
    conflicting = good["order_id"].isin(contents[contents.duplicated()])
    return good[newest & ~conflicting].drop_duplicates("order_id"), conflicting


def daily_revenue(orders: pd.DataFrame) -> pd.DataFrame:
    """Sum the orders by calendar day on the wall clock of each store."""
    days = [
        group["ordered_at"].dt.tz_convert(zone).dt.strftime("%Y-%m-%d")
        for zone, group in orders.groupby("zone")
    ]
    dated = orders.assign(business_date=pd.concat(days))
    groups = dated.groupby(["store_id", "business_date", "currency"], as_index=False)
    return groups.agg(orders=("order_id", "size"), revenue_minor=("amount_minor", "sum"))


def run(source: Path, target: Path) -> dict:
    """Read the delivery, write the four files and return the summary."""
    feeds = json.loads((source / "feeds.json").read_text(encoding="utf-8"))["feeds"]
    stores = pd.read_csv(source / "stores.csv", dtype=str, keep_default_na=False)
    currencies = pd.read_csv(
        source / "currencies.csv", dtype={"currency": str}, keep_default_na=False
    )
    stores = stores.merge(currencies, on="currency", validate="m:1").rename(
        columns={"currency": "store_currency"}
    )
    rows = pd.concat([read_feed(source, feed) for feed in feeds], ignore_index=True)
    rows = judge(rows.merge(stores, on="store_id", how="left", validate="m:1"))

    good = rows[rows["reason"] == ""]
    orders, conflicting = merge_versions(good)
    rows.loc[conflicting[conflicting].index, "reason"] = "conflicting_versions"
    orders = orders.sort_values("order_id")
    daily = daily_revenue(orders)
    quarantine = rows[rows["reason"] != ""].sort_values(["file", "line"])

    shown = orders.copy()
    for field in ("ordered_at", "updated_at"):
        shown[field] = shown[field].dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    columns = [
        "order_id",
        "store_id",
        "customer",
        "ordered_at",
        "updated_at",
        "currency",
        "amount_minor",
    ]
    shown.to_csv(target / "orders.csv", columns=columns, index=False, lineterminator="\n")
    daily.to_csv(target / "daily_revenue.csv", index=False, lineterminator="\n")
    quarantine.to_csv(
        target / "quarantine.csv",
        columns=["file", "line", "reason"],
        index=False,
        lineterminator="\n",
    )

    by_reason = quarantine["reason"].value_counts().reindex(REASONS, fill_value=0)
    summary = {
        "rows_in": len(rows),
        "orders": len(orders),
        "merged": len(good) - int(conflicting.sum()) - len(orders),
        "quarantined": len(quarantine),
        "quarantined_by_reason": {reason: int(count) for reason, count in by_reason.items()},
    }
    (target / "summary.json").write_text(json.dumps(summary, indent=2) + "\n", encoding="utf-8")
    return summary


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--in", dest="source", type=Path, required=True)
    parser.add_argument("--out", dest="target", type=Path, required=True)
    options = parser.parse_args()
    options.target.mkdir(parents=True, exist_ok=True)
    summary = run(options.source, options.target)
    print(
        ", ".join(
            f"{name} {summary[name]}" for name in ("rows_in", "orders", "merged", "quarantined")
        )
    )


if __name__ == "__main__":
    main()
