"""Make one candidate's order feeds and the truth about them.

Clean orders come first and are then written down badly, so the truth is known by construction and
never computed from the dirty files. Every order has one kind, which lets a hidden test look at
orders that carry its difficulty and no other.
"""

import csv
import json
from collections import Counter
from dataclasses import replace
from datetime import UTC, timedelta
from pathlib import Path

from order_feeds import FIELDS, Order, Row, Writer

SCENARIOS = {"public": (0, 1), "fresh": (1, 1), "volume": (2, 5)}  # stream of the seed, size
FAULTS = ["missing_key", "unknown_store", "bad_timestamp", "bad_amount", "currency_mismatch"]


class Delivery:
    """All rows of one scenario, with the surviving orders."""

    def __init__(self, writer: Writer) -> None:
        self.writer = writer
        self.rows: list[Row] = []
        self.orders: list[tuple[Order, str, Row]] = []  # order, kind, its row

    def keep(self, order: Order, kind: str, row: Row) -> None:
        self.rows.append(row)
        self.orders.append((order, kind, row))

    def plain(self, count: int) -> None:
        for _ in range(count):
            order = self.writer.order()
            feed = self.writer.pick([0, 0, 0, 1, 1, 2, 2])
            self.keep(order, "plain", self.writer.row(order, feed))

    def copies(self, count: int) -> None:
        """Orders sent twice or three times; a third of the copies are letter for letter."""
        for number in range(count):
            order = self.writer.order()
            row = self.writer.row(order, self.writer.integer(0, 3))
            self.keep(order, "copy", row)
            if number % 3 == 0:
                self.rows.append(Row(row.feed, row.cells, row.near))
            else:
                self.rows += [
                    self.writer.untidy_copy(row, order) for _ in range(self.writer.integer(1, 3))
                ]

    def twins(self, count: int) -> None:
        """Two real orders of one customer on one day over the same amount."""
        for _ in range(count):
            first = self.writer.order()
            noon = first.ordered.astimezone(first.store.clock).replace(
                hour=12, minute=self.writer.integer(0, 60)
            )
            first = replace(
                first,
                ordered=noon.astimezone(UTC),
                updated=noon.astimezone(UTC) + timedelta(minutes=5),
            )
            second = replace(
                first,
                order_id=next(self.writer.ids),
                ordered=first.ordered + timedelta(seconds=self.writer.integer(40, 4000)),
                updated=first.updated + timedelta(hours=2),
            )
            for order in (first, second):
                self.keep(order, "twin", self.writer.row(order, 0))

    def versions(self, count: int) -> None:
        """Orders changed later, half of them twice within an hour with stamps that sort backwards."""
        writer = self.writer
        two_digits = [store for store in writer.stores if store.digits == 2]
        for number in range(count):
            order = writer.order(two_digits)
            self.rows.append(writer.row(order, writer.integer(0, 3)))
            order = self.changed(order, timedelta(hours=writer.integer(40, 90)))
            feed = writer.pick([0, 0, 1, 2])
            if number % 2:
                east = order.ordered.astimezone(order.store.clock).utcoffset() > timedelta()
                older = writer.row(order, writer.integer(0, 3))
                older.cells["updated_at"] = writer.stamp(
                    order.updated, order.store, "local" if east else "utc", "T"
                )
                self.rows.append(older)
                order = self.changed(order, timedelta(minutes=writer.integer(5, 50)))
                newest = writer.row(order, feed)
                newest.cells["updated_at"] = writer.stamp(
                    order.updated, order.store, "utc" if east else "local", "T"
                )
            else:
                newest = writer.row(order, feed, updated_style=writer.pick(["local", "utc"]))
            self.keep(order, "version", newest)

    def changed(self, order: Order, later: timedelta) -> Order:
        minor = order.minor + self.writer.pick([-1, 1]) * self.writer.integer(
            1, max(2, order.minor // 3)
        )
        return replace(order, minor=minor, updated=order.updated + later)

    def conflicts(self, count: int) -> None:
        """Orders whose newest update exists twice with different content."""
        writer = self.writer
        two_digits = [store for store in writer.stores if store.digits == 2]
        for number in range(count):
            order = writer.order(two_digits)
            if number % 3 == 0:
                self.rows.append(replace(writer.row(order, 0), reason="conflicting_versions"))
                order = self.changed(order, timedelta(hours=writer.integer(40, 90)))
            one = writer.row(order, 0, updated_style=writer.pick(["local", "utc"]))
            other = writer.row(self.changed(order, timedelta()), 0)
            if number % 4 == 3:
                other = writer.row(replace(order, customer=f"new.{order.customer}"), 0)
            cells = dict(
                other.cells, updated_at=one.cells["updated_at"], ordered_at=one.cells["ordered_at"]
            )
            self.rows.append(replace(one, reason="conflicting_versions"))
            self.rows.append(Row(0, cells, one.near, "conflicting_versions"))

    def repeated_hour(self, count: int) -> None:
        """Stamps without offset in the hour the clock showed twice: the second pass is meant."""
        for _ in range(count):
            store, instant = self.writer.pick(self.writer.changes(-1))
            order = self.writer.order(
                [store], instant + timedelta(seconds=self.writer.integer(0, 3600))
            )
            row = self.writer.row(order, self.writer.integer(0, 3), ordered_style="forced_naive")
            self.keep(order, "repeated", row)

    def missing_hour(self, count: int) -> None:
        """Stamps without offset in the hour the clock left out."""
        for number in range(count):
            store, instant = self.writer.pick(self.writer.changes(1))
            before = (instant - timedelta(hours=1)).astimezone(store.clock).replace(tzinfo=None)
            wall = before + timedelta(hours=1, seconds=self.writer.integer(0, 3600))
            field, ordered = (
                ("updated_at", instant - timedelta(hours=9))
                if number % 3 == 2
                else ("ordered_at", instant)
            )
            row = self.writer.row(self.writer.order([store], ordered), self.writer.integer(0, 3))
            row.cells[field] = wall.isoformat(self.writer.pick(["T", " "]))
            self.rows.append(replace(row, reason="nonexistent_time"))

    def faults(self, count: int) -> None:
        """Rows nobody can use; some repeat an order that is fine elsewhere."""
        for number in range(count):
            reason = FAULTS[number % len(FAULTS)]
            order, feed = self.writer.order(), self.writer.pick([0, 0, 2])
            if reason in ("unknown_store", "currency_mismatch") and self.writer.chance(0.4):
                order = self.writer.pick(self.orders)[0]
            row = replace(self.writer.row(order, feed), reason=reason)
            self.spoil(row, order)
            self.rows.append(row)

    def spoil(self, row: Row, order: Order) -> None:
        """Damage the row for its reason; some get a bad amount on top, a later reason."""
        writer, cells = self.writer, row.cells
        if row.reason == "bad_amount" or writer.chance(0.2):
            bad_amounts = [
                "",
                "n/a",
                "free",
                "-" + writer.money(order.minor, order.store.digits, row.feed),
            ]
            if row.feed == 0:
                too_fine = writer.money(
                    order.minor * 10 + writer.integer(1, 10), order.store.digits + 1, 0
                )
                bad_amounts += [too_fine] * 3
            cells["amount"] = writer.pick(bad_amounts)
        if row.reason == "missing_key":
            cells["order_id"] = writer.pick(["", " ", "\t"])
        elif row.reason == "unknown_store":
            cells["store_id"] = writer.pick(["", "S0", f"X{writer.integer(100, 999)}"])
        elif row.reason == "currency_mismatch":
            others = [
                store.currency for store in writer.stores if store.currency != order.store.currency
            ]
            cells["currency"] = writer.pick([*others, ""])
        elif row.reason == "bad_timestamp":
            day = order.ordered
            bad = [
                "",
                f"{day:%Y-%m-%d}",
                f"{day:%d/%m/%Y %H:%M:%S}",
                f"{day:%Y}-02-30T{day:%H:%M:%S}Z",
                "0000-00-00 00:00:00",
            ]
            cells[writer.pick(["ordered_at", "ordered_at", "updated_at"])] = writer.pick(bad)


def table(
    path: Path,
    header: list[str],
    rows: list[list],
    *,
    encoding: str = "utf-8",
    delimiter: str = ",",
) -> None:
    """Write a CSV file."""
    with path.open("w", encoding=encoding, newline="") as handle:
        writer = csv.writer(handle, delimiter=delimiter, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def document(path: Path, value: object) -> None:
    """Write a JSON file."""
    path.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")


def write_public(delivery: Delivery, public: Path) -> dict[int, tuple[str, int]]:
    """Write the candidate's files and return where each row went: id(row) to (file, line)."""
    writer, places = delivery.writer, {}
    due = [row.near + timedelta(hours=float(writer.rng.normal(0, 60))) for row in delivery.rows]
    chronological = sorted(range(len(due)), key=due.__getitem__)
    for number, feed in enumerate(writer.feeds):
        source = {feed.columns[field]: field for field in FIELDS}
        source |= dict(zip(feed.extra, ["net", "note"] if number == 1 else ["city"], strict=False))
        header = list(source) if number == 0 else writer.shuffled(list(source))
        rows = [
            delivery.rows[position]
            for position in chronological
            if delivery.rows[position].feed == number
        ]
        places |= {id(row): (feed.file, line) for line, row in enumerate(rows, start=2)}
        cells = [[row.cells[source[name]] for name in header] for row in rows]
        table(public / feed.file, header, cells, encoding=feed.encoding, delimiter=feed.delimiter)
    document(public / "feeds.json", {"feeds": [feed.contract() for feed in writer.feeds]})
    stores = sorted(writer.stores, key=lambda store: store.store_id)
    table(
        public / "stores.csv",
        ["store_id", "zone", "currency"],
        [[s.store_id, s.zone, s.currency] for s in stores],
    )
    digits = sorted({(store.currency, store.digits) for store in stores})
    table(public / "currencies.csv", ["currency", "minor_digits"], [list(pair) for pair in digits])
    return places


def write_truth(delivery: Delivery, places: dict[int, tuple[str, int]], truth: Path) -> None:
    """Write what must come out; `kind`, `feed` and so on tell which order shows what."""
    numbers = {feed.file: number for number, feed in enumerate(delivery.writer.feeds)}
    rows, revenue, count = [], Counter(), Counter()
    for order, kind, row in delivery.orders:
        store = order.store
        day = order.ordered.astimezone(store.clock).date().isoformat()
        revenue[store.store_id, day, store.currency] += order.minor
        count[store.store_id, day, store.currency] += 1
        who = [order.order_id, store.store_id, order.customer]
        stamps = [f"{instant:%Y-%m-%dT%H:%M:%SZ}" for instant in (order.ordered, order.updated)]
        is_naive = len(row.cells["ordered_at"]) == len("2025-01-01T00:00:00")
        about = [kind, numbers[places[id(row)][0]], int(is_naive), store.digits]
        rows.append([*who, *stamps, store.currency, order.minor, *about])
    header = ["order_id", "store_id", "customer", "ordered_at", "updated_at", "currency"]
    header += ["amount_minor", "kind", "feed", "naive", "digits"]
    table(truth / "orders.csv", header, sorted(rows))
    days = [[*key, count[key], revenue[key]] for key in sorted(revenue)]
    table(
        truth / "daily_revenue.csv",
        ["store_id", "business_date", "currency", "orders", "revenue_minor"],
        days,
    )
    bad = sorted([*places[id(row)], row.reason] for row in delivery.rows if row.reason)
    table(truth / "quarantine.csv", ["file", "line", "reason"], bad)
    totals = {"rows_in": len(delivery.rows), "orders": len(rows), "quarantined": len(bad)}
    totals["merged"] = totals["rows_in"] - totals["orders"] - totals["quarantined"]
    totals["repeated_hour_rows"] = sum(kind == "repeated" for _, kind, _ in delivery.orders)
    document(truth / "totals.json", totals)


def generate(seed: int, scenario: str, public: Path, truth: Path) -> dict[str, object]:
    """Write one scenario and return the facts the brief may mention."""
    stream, size = SCENARIOS[scenario]
    writer = Writer(seed, stream, size)
    delivery = Delivery(writer)
    delivery.plain(writer.integer(1900, 2300) * size)
    delivery.copies(writer.integer(50, 150) * size)
    delivery.twins(writer.integer(15, 30) * size)
    delivery.versions(writer.integer(80, 140) * size)
    delivery.conflicts(writer.integer(8, 16) * size)
    delivery.repeated_hour(writer.integer(9, 18) * size)
    delivery.missing_hour(writer.integer(9, 18) * size)
    delivery.faults(writer.integer(70, 120) * size)
    places = write_public(delivery, public)
    write_truth(delivery, places, truth)
    return {
        "first_day": writer.start.date().isoformat(),
        "last_day": writer.end.date().isoformat(),
        "stores": len(writer.stores),
        "rows": len(delivery.rows),
        "feeds": [
            {"file": feed.file, "rows": sum(row.feed == number for row in delivery.rows)}
            for number, feed in enumerate(writer.feeds)
        ],
    }
