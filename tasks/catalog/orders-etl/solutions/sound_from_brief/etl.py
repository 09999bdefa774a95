"""Merge the order feeds of one delivery: python etl.py --in DATA --out OUT."""

import argparse
import csv
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import astuple, dataclass, fields
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from cells import BadStamp, NonexistentTime, Notation, Stamp

REASONS = [
    "missing_key",
    "unknown_store",
    "bad_timestamp",
    "nonexistent_time",
    "currency_mismatch",
    "bad_amount",
    "conflicting_versions",
]
BLANKS = " \t"


@dataclass(frozen=True)
class Store:
    zone: ZoneInfo
    currency: str
    minor_digits: int


@dataclass(frozen=True)
class Row:
    """A data row: where it stands, and the seven fields as text without blanks around them."""

    file: str
    line: int
    notation: Notation
    cells: dict[str, str]


@dataclass(frozen=True)
class Version:
    """What a usable row says of its order. Two rows are copies if their versions are equal."""

    order_id: str
    store_id: str
    customer: str
    ordered_at: datetime
    updated_at: datetime
    currency: str
    amount_minor: int


class Unusable(Exception):
    """A row that is no version of any order; says the reason."""


def read_table(path: Path) -> list[dict[str, str]]:
    """A register: a small CSV file of ours."""
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def read_stores(source: Path) -> dict[str, Store]:
    """The shops by their id."""
    digits = {row["currency"].upper(): int(row["minor_digits"]) for row in read_table(source / "currencies.csv")}
    stores = {}
    for row in read_table(source / "stores.csv"):
        currency = row["currency"].upper()
        stores[row["store_id"].upper()] = Store(ZoneInfo(row["zone"]), currency, digits[currency])
    return stores


def read_rows(source: Path) -> Iterator[Row]:
    """The rows of all feeds, each with its line number in the file (the header is line 1)."""
    feeds = json.loads((source / "feeds.json").read_text(encoding="utf-8"))["feeds"]
    for feed in feeds:
        notation = Notation(feed["decimal"], feed["thousands"])
        # Bytes that are no text in the encoding become U+FFFD: one bad note is no reason to fail.
        with (source / feed["file"]).open(encoding=feed["encoding"], errors="replace", newline="") as handle:
            reader = csv.reader(handle, delimiter=feed["delimiter"])
            header = [name.strip(BLANKS) for name in next(reader)]
            places = {field: header.index(name) for field, name in feed["columns"].items()}
            for line, record in enumerate(reader, start=2):
                cells = {
                    field: record[place].strip(BLANKS) if place < len(record) else ""
                    for field, place in places.items()
                }
                yield Row(feed["file"], line, notation, cells)


def read_version(row: Row, stores: dict[str, Store]) -> Version:
    """The version of an order that a row is, or Unusable with the first reason that applies."""
    cells = row.cells
    if not cells["order_id"]:
        raise Unusable("missing_key")
    store_id = cells["store_id"].upper()
    store = stores.get(store_id)
    if store is None:
        raise Unusable("unknown_store")
    try:
        stamps = [Stamp.parse(cells[field]) for field in ("ordered_at", "updated_at")]
        ordered_at, updated_at = (stamp.instant(store.zone) for stamp in stamps)
    except BadStamp:
        raise Unusable("bad_timestamp") from None
    except NonexistentTime:
        raise Unusable("nonexistent_time") from None
    if cells["currency"].upper() != store.currency:
        raise Unusable("currency_mismatch")
    amount = row.notation.minor_units(cells["amount"], store.minor_digits)
    if amount is None:
        raise Unusable("bad_amount")
    return Version(
        cells["order_id"].upper(), store_id, cells["customer"].lower(), ordered_at, updated_at, store.currency, amount
    )


def has_repeated_hour(row: Row, stores: dict[str, Store]) -> bool:
    """Whether a stamp of the row, usable or not, is one that the shop's clock showed twice."""
    store = stores.get(row.cells["store_id"].upper())
    if store is None:
        return False
    for field in ("ordered_at", "updated_at"):
        try:
            if Stamp.parse(row.cells[field]).is_repeated(store.zone):
                return True
        except BadStamp:
            continue
    return False


def latest(versions: Iterable[Version]) -> Version | None:
    """The order that these versions are of; None if the latest of them disagree."""
    versions = list(versions)
    last = max(version.updated_at for version in versions)
    candidates = {version for version in versions if version.updated_at == last}
    return candidates.pop() if len(candidates) == 1 else None


def daily_revenue(orders: Iterable[Version], stores: dict[str, Store]) -> list[tuple]:
    """Number and sum of the orders of each shop and day on its wall clock."""
    days: dict[tuple[str, str], list[int]] = defaultdict(list)
    for order in orders:
        day = order.ordered_at.astimezone(stores[order.store_id].zone).date()
        days[order.store_id, day.isoformat()].append(order.amount_minor)
    return [
        (store_id, day, stores[store_id].currency, len(amounts), sum(amounts))
        for (store_id, day), amounts in sorted(days.items())
    ]


def run(source: Path, target: Path) -> None:
    """Read the delivery in `source` and write the four files into `target`."""
    stores = read_stores(source)
    rows_in = repeated = 0
    quarantine: list[tuple[str, int, str]] = []
    rows_of: dict[str, list[tuple[Row, Version]]] = defaultdict(list)
    for row in read_rows(source):
        rows_in += 1
        repeated += has_repeated_hour(row, stores)
        try:
            version = read_version(row, stores)
        except Unusable as reason:
            quarantine.append((row.file, row.line, str(reason)))
        else:
            rows_of[version.order_id].append((row, version))

    orders, merged = [], 0
    for _, rows in sorted(rows_of.items()):
        order = latest(version for _, version in rows)
        if order is None:
            quarantine += [(row.file, row.line, "conflicting_versions") for row, _ in rows]
        else:
            orders.append(order)
            merged += len(rows) - 1

    reasons = Counter(reason for _, _, reason in quarantine)
    summary = {
        "rows_in": rows_in,
        "orders": len(orders),
        "merged": merged,
        "quarantined": len(quarantine),
        "quarantined_by_reason": {reason: reasons[reason] for reason in REASONS},
        "repeated_hour_rows": repeated,
    }
    if rows_in != len(orders) + merged + len(quarantine):
        raise AssertionError(f"rows are lost: {summary}")

    columns = [field.name for field in fields(Version)]
    write_table(target / "orders.csv", columns, map(written, orders))
    write_table(
        target / "daily_revenue.csv",
        ["store_id", "business_date", "currency", "orders", "revenue_minor"],
        daily_revenue(orders, stores),
    )
    write_table(target / "quarantine.csv", ["file", "line", "reason"], sorted(quarantine))
    write_text(target / "summary.json", json.dumps(summary, indent=2) + "\n")


def written(order: Version) -> list:
    """The cells of an order as they are written."""
    # isoformat and not strftime, whose %Y does not fill years with zeros everywhere.
    return [
        value.replace(tzinfo=None).isoformat(timespec="seconds") + "Z" if isinstance(value, datetime) else value
        for value in astuple(order)
    ]


def write_table(path: Path, header: list[str], rows: Iterable[Iterable]) -> None:
    """Write a CSV file in place of an earlier one."""
    temporary = path.with_suffix(".part")
    with temporary.open("w", encoding="utf-8", newline="") as handle:
        csv.writer(handle, lineterminator="\n").writerows([header, *rows])
    temporary.replace(path)


def write_text(path: Path, text: str) -> None:
    """Write a file in place of an earlier one."""
    temporary = path.with_suffix(".part")
    temporary.write_text(text, encoding="utf-8", newline="\n")
    temporary.replace(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--in", dest="source", type=Path, required=True, help="folder of one delivery")
    parser.add_argument("--out", dest="target", type=Path, required=True, help="folder for the results")
    options = parser.parse_args()
    options.target.mkdir(parents=True, exist_ok=True)
    run(options.source, options.target)


if __name__ == "__main__":
    main()
