"""Reads a delivery: raw rows in, typed rows or a reason out."""

import csv
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

FIELDS = ("order_id", "store_id", "customer", "amount", "currency", "ordered_at", "updated_at")
REASONS = (
    "missing_key",
    "unknown_store",
    "bad_timestamp",
    "nonexistent_time",
    "currency_mismatch",
    "bad_amount",
    "conflicting_versions",
)
STAMP = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(Z|[+-]\d\d:?\d\d)?", re.ASCII)
NUMBER = re.compile(r"(\d+)(?:\.(\d+))?", re.ASCII)


class Unusable(Exception):
    """A row that goes to quarantine; the argument is the reason."""


@dataclass(frozen=True)
class Store:
    """A shop's clock and currency."""

    zone: ZoneInfo
    currency: str
    digits: int


@dataclass(frozen=True)
class Order:
    """One version of an order, normalised."""

    order_id: str
    store_id: str
    customer: str
    ordered_at: datetime
    updated_at: datetime
    currency: str
    amount_minor: int


def read_table(path: Path) -> list[dict[str, str]]:
    """Read a small CSV file."""
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def read_stores(folder: Path) -> dict[str, Store]:
    """Read the shops with the digits of their currencies."""
    digits = {
        row["currency"]: int(row["minor_digits"]) for row in read_table(folder / "currencies.csv")
    }
    return {
        row["store_id"]: Store(ZoneInfo(row["zone"]), row["currency"], digits[row["currency"]])
        for row in read_table(folder / "stores.csv")
    }


def read_rows(folder: Path) -> Iterator[tuple[str, int, dict[str, str]]]:
    """Yield file, line and the seven fields of every row, amounts in plain notation."""
    for feed in json.loads((folder / "feeds.json").read_text(encoding="utf-8"))["feeds"]:
        with (folder / feed["file"]).open(encoding=feed["encoding"], newline="") as handle:
            for line, raw in enumerate(
                csv.DictReader(handle, delimiter=feed["delimiter"]), start=2
            ):
                row = {field: raw[feed["columns"][field]].strip(" \t") for field in FIELDS}
                row["amount"] = plain_number(row["amount"], feed)
                yield feed["file"], line, row


def plain_number(text: str, feed: dict[str, str]) -> str:
    """Turn the file's notation into digits with a decimal point."""
    if feed["thousands"]:
        text = text.replace(feed["thousands"], "")
    return text.replace(feed["decimal"], ".")


def to_instant(text: str, zone: ZoneInfo) -> datetime:
    """Return the instant in UTC; without an offset the stamp is the shop's wall clock."""
    if not STAMP.fullmatch(text):
        raise Unusable("bad_timestamp")
    try:
        stamp = datetime.fromisoformat(text)
    except ValueError:
        raise Unusable("bad_timestamp") from None
    if stamp.tzinfo is not None:
        return stamp.astimezone(UTC)
    # fold=1 is the second pass of an hour that is shown twice, and changes nothing elsewhere
    # except in a skipped hour, which does not come back from UTC as it went there.
    instant = stamp.replace(tzinfo=zone, fold=1).astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) != stamp:
        raise Unusable("nonexistent_time")
    return instant


def to_minor(text: str, digits: int) -> int:
    """Return the amount in the currency's smallest unit."""
    number = NUMBER.fullmatch(text)
    decimals = (number[2] or "") if number else ""
    if not number or len(decimals) > digits:
        raise Unusable("bad_amount")
    return int(number[1] + decimals.ljust(digits, "0"))


def parse_order(row: dict[str, str], stores: dict[str, Store]) -> Order:
    """Return the normalised version.

    Raises:
        Unusable: for the first reason that applies, in the order of the brief.
    """
    if not row["order_id"]:
        raise Unusable("missing_key")
    store_id = row["store_id"].upper()
    if store_id not in stores:
        raise Unusable("unknown_store")
    store = stores[store_id]
    instants = []
    reasons = set()
    for field in ("ordered_at", "updated_at"):
        try:
            instants.append(to_instant(row[field], store.zone))
        except Unusable as problem:
            reasons.add(str(problem))
    if reasons:  # a bad stamp comes before a skipped hour, in whichever column
        raise Unusable(min(reasons, key=REASONS.index))
    if row["currency"].upper() != store.currency:
        raise Unusable("currency_mismatch")
    minor = to_minor(row["amount"], store.digits)
    return Order(
        row["order_id"].upper(), store_id, row["customer"].lower(), *instants, store.currency, minor
    )
