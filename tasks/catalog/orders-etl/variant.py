"""Make one candidate's order feeds and the truth about them.

Clean orders come first and are then written down badly, so the truth is known by construction and
never computed from the dirty files. Every order has one kind, which lets a hidden test look at
orders that carry its difficulty and no other.
"""

import csv
import json
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

SCENARIOS = {"public": (0, 1), "fresh": (1, 1), "volume": (2, 5)}  # stream of the seed, size

# zone, currency, minor digits, price level against the euro
EUROPE = [
    ("Europe/Berlin", "EUR", 2, 1),
    ("Europe/Madrid", "EUR", 2, 1),
    ("Europe/Stockholm", "SEK", 2, 11),
    ("Europe/Warsaw", "PLN", 2, 4),
]
AMERICA = [
    ("America/New_York", "USD", 2, 1),
    ("America/Chicago", "USD", 2, 1),
    ("America/Toronto", "CAD", 2, 1.5),
    ("America/Denver", "USD", 2, 1),
]
AUSTRALIA = [
    ("Australia/Sydney", "AUD", 2, 1.6),
    ("Australia/Melbourne", "AUD", 2, 1.6),
    ("Australia/Hobart", "AUD", 2, 1.6),
]
NO_CHANGE = [
    ("Asia/Kolkata", "INR", 2, 90),
    ("Asia/Kathmandu", "NPR", 2, 140),
    ("Asia/Singapore", "SGD", 2, 1.4),
]
NO_MINOR = [("Asia/Tokyo", "JPY", 0, 160), ("Asia/Seoul", "KRW", 0, 1450)]
THREE_DIGITS = [
    ("Asia/Kuwait", "KWD", 3, 0.3),
    ("Asia/Bahrain", "BHD", 3, 0.4),
    ("Africa/Tunis", "TND", 3, 3.4),
]

FIELDS = ["order_id", "store_id", "customer", "amount", "currency", "ordered_at", "updated_at"]
RENAMED = {  # for the app feed, which also has a column `amount` that means something else
    "order_id": ["order_no", "orderId", "reference"],
    "store_id": ["shop", "store", "outlet_code"],
    "customer": ["customer_email", "buyer", "account"],
    "amount": ["gross_total", "amount_gross", "total_paid"],
    "currency": ["currency_code", "ccy", "iso_currency"],
    "ordered_at": ["placed_at", "created", "order_time"],
    "updated_at": ["modified", "last_change", "changed_at"],
}
PARTNER_COLUMNS = [  # in the order of FIELDS
    ["Bestellnr", "Filiale", "Kunde", "Betrag", "Waehrung", "Bestellt", "Geaendert"],
    ["Pedido", "Tienda", "Cliente", "Importe", "Moneda", "Fecha", "Modificado"],
    ["Commande", "Magasin", "Client", "Montant", "Devise", "Passee", "Modifiee"],
]
CITIES = ["München", "Köln", "Málaga", "Orléans", "Göteborg", "Łódź".encode("ascii", "ignore").decode() + "odz"]
NOTES = ["", "", "", "gift, no invoice", "call before delivery", 'says "urgent"', "second floor, left"]
NAMES = ["ana", "bo", "chen", "dina", "emil", "fatou", "gita", "hugo", "ines", "jun", "kofi", "lena"]


@dataclass(frozen=True)
class Store:
    """A shop, its clock and its money."""

    store_id: str
    zone: str
    currency: str
    digits: int
    level: float

    @property
    def clock(self) -> ZoneInfo:
        return ZoneInfo(self.zone)


@dataclass(frozen=True)
class Order:
    """One version of an order, as it really was."""

    order_id: str
    store: Store
    customer: str
    ordered: datetime
    updated: datetime
    minor: int


@dataclass
class Row:
    """One line of a feed, and what ought to become of it."""

    feed: int
    cells: dict[str, str]
    near: datetime
    reason: str = ""


@dataclass(frozen=True)
class Feed:
    """How one file is written."""

    file: str
    encoding: str
    delimiter: str
    decimal: str
    thousands: str
    columns: dict[str, str]
    extra: tuple[str, ...]

    def contract(self) -> dict[str, object]:
        keys = ("file", "encoding", "delimiter", "decimal", "thousands", "columns")
        return {key: getattr(self, key) for key in keys}


def clock_changes(zone: str, start: datetime, end: datetime) -> list[tuple[datetime, timedelta]]:
    """Return the instants in the period at which the zone's offset changes, and by how much."""
    clock, found = ZoneInfo(zone), []
    for hours in range(int((end - start).total_seconds()) // 3600):
        before = start + timedelta(hours=hours)
        after = before + timedelta(hours=1)
        step = after.astimezone(clock).utcoffset() - before.astimezone(clock).utcoffset()
        if step:
            found.append((after, step))
    return found


def is_repeated(local: datetime) -> bool:
    """Tell whether the wall clock showed this time twice."""
    return local.replace(fold=0).utcoffset() > local.replace(fold=1).utcoffset()


class Writer:
    """Draws orders and writes them down, well or badly."""

    def __init__(self, seed: int, stream: int, size: int) -> None:
        self.rng = np.random.default_rng([seed, stream])
        self.size = size
        year = self.integer(2021, 2026)
        if self.chance(0.5):
            self.start, days = datetime(year, 3, 4, tzinfo=UTC), 39
        else:
            self.start, days = datetime(year, 9, 24, tzinfo=UTC), 49
        self.end = self.start + timedelta(days=days)
        self.stores = self._draw_stores()
        self.feeds = self._draw_feeds()
        prefix = "".join(chr(65 + self.integer(0, 26)) for _ in range(2))
        numbers = self.rng.choice(9_000_000, size=8_000 * size, replace=False) + 1_000_000
        self.ids = iter(f"{prefix}-{number}" for number in numbers.tolist())
        self.customers = [
            f"{self.pick(NAMES)}.{code}@example.com"
            for code in (self.rng.choice(90_000, size=900 * size, replace=False) + 10_000).tolist()
        ]

    def integer(self, low: int, high: int) -> int:
        return int(self.rng.integers(low, high))

    def chance(self, probability: float) -> bool:
        return bool(self.rng.random() < probability)

    def pick(self, items):
        return items[self.integer(0, len(items))]

    def shuffled(self, items: list) -> list:
        return [items[position] for position in self.rng.permutation(len(items)).tolist()]

    def _draw_stores(self) -> list[Store]:
        places = self.shuffled(EUROPE)[:2] + self.shuffled(AMERICA)[:2] + self.shuffled(AUSTRALIA)[:2]
        places += [self.pick(NO_CHANGE), self.pick(NO_MINOR), self.pick(THREE_DIGITS)]
        codes = (self.rng.choice(900, size=len(places), replace=False) + 100).tolist()
        return [Store(f"S{code}", *place) for code, place in zip(codes, places, strict=True)]

    def _draw_feeds(self) -> list[Feed]:
        renamed = {field: self.pick(RENAMED[field]) for field in FIELDS}
        partner = dict(zip(FIELDS, self.pick(PARTNER_COLUMNS), strict=True))
        names = [self.pick(["web", "shop", "tills"]), self.pick(["app", "mobile"]), self.pick(["partner", "resale"])]
        files = [f"orders_{name}_{self.integer(100, 1000)}.csv" for name in names]
        same = {field: field for field in FIELDS}
        return [
            Feed(files[0], "utf-8", ",", ".", "", same, ()),
            Feed(files[1], "utf-8", ",", ".", "", renamed, ("amount", "note")),
            Feed(files[2], "cp1252", ";", ",", ".", partner, ("Ort",)),
        ]

    # Drawing what is true

    def order(self, stores: list[Store] | None = None, ordered: datetime | None = None) -> Order:
        store = self.pick(stores or self.stores)
        seconds = int((self.end - self.start).total_seconds())
        ordered = ordered or self.start + timedelta(seconds=self.integer(0, seconds))
        price = float(np.clip(np.exp(self.rng.normal(3.9, 1.1)), 2, 6000)) * store.level
        return Order(
            order_id=next(self.ids),
            store=store,
            customer=self.pick(self.customers),
            ordered=ordered,
            updated=ordered + timedelta(seconds=self.integer(30, 20_000)),
            minor=round(price * 10**store.digits),
        )

    def changes(self, direction: int) -> list[tuple[Store, datetime]]:
        """Return the clock changes of all stores: direction -1 turns back, 1 turns forward."""
        return [
            (store, instant)
            for store in self.stores
            for instant, step in clock_changes(store.zone, self.start, self.end)
            if (step > timedelta()) == (direction > 0)
        ]

    # Writing it down

    def stamp(self, instant: datetime, store: Store, style: str = "", separator: str = "") -> str:
        """Write an instant; without an offset only where the brief's rules lead back to it."""
        local = instant.astimezone(store.clock)
        style = style or self.pick(["naive", "naive", "local", "local", "utc"])
        separator = separator or self.pick(["T", "T", " "])
        if style == "naive" and is_repeated(local):
            style = "local"
        if style in ("naive", "forced_naive"):
            return local.replace(tzinfo=None).isoformat(separator)
        if style == "utc":
            return instant.replace(tzinfo=None).isoformat(separator) + "Z"
        text = local.isoformat(separator)
        return text if self.chance(0.6) else text[:-3] + text[-2:]

    def money(self, minor: int, digits: int, feed: int) -> str:
        contract = self.feeds[feed]
        whole, part = divmod(minor, 10**digits)
        grouping = contract.thousands and self.chance(0.8)
        text = f"{whole:,}".replace(",", contract.thousands) if grouping else str(whole)
        return f"{text}{contract.decimal}{part:0{digits}d}" if digits else text

    def row(self, order: Order, feed: int, ordered_style: str = "", updated_style: str = "") -> Row:
        store = order.store
        cells = {
            "order_id": order.order_id,
            "store_id": store.store_id,
            "customer": order.customer,
            "amount": self.money(order.minor, store.digits, feed),
            "currency": store.currency,
            "ordered_at": self.stamp(order.ordered, store, ordered_style),
            "updated_at": self.stamp(order.updated, store, updated_style),
            "net": self.money(order.minor * 10 // 12, store.digits, feed),
            "note": self.pick(NOTES),
            "city": self.pick(CITIES),
        }
        if self.chance(0.15):  # untidy, with nothing lost
            cells["customer"] = self.pick([str.title, str.upper])(cells["customer"])
            cells["store_id"] = f" {cells['store_id'].lower()}"
            cells["order_id"] += self.pick([" ", "\t", ""])
        return Row(feed, cells, order.ordered)

    def untidy_copy(self, row: Row, order: Order) -> Row:
        """Write the same version again in other words: case, blanks, another offset."""
        cells = dict(row.cells, order_id=f"{self.pick([' ', ''])}{order.order_id.lower()} ")
        cells["customer"] = f"{self.pick([' ', ''])}{order.customer.upper()}\t"
        cells["currency"] = self.pick([str.lower, str.title])(order.store.currency)
        for field, instant in (("ordered_at", order.ordered), ("updated_at", order.updated)):
            if len(cells[field]) > 19:
                cells[field] = self.stamp(instant, order.store, self.pick(["local", "utc"]))
        return Row(row.feed, cells, row.near)


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
                self.rows += [self.writer.untidy_copy(row, order) for _ in range(self.writer.integer(1, 3))]

    def twins(self, count: int) -> None:
        """Two real orders of one customer on one day over the same amount."""
        for _ in range(count):
            first = self.writer.order()
            noon = first.ordered.astimezone(first.store.clock).replace(hour=12, minute=self.writer.integer(0, 60))
            first = replace(first, ordered=noon.astimezone(UTC), updated=noon.astimezone(UTC) + timedelta(minutes=5))
            second = replace(
                first,
                order_id=next(self.writer.ids),
                ordered=first.ordered + timedelta(seconds=self.writer.integer(40, 4000)),
                updated=first.updated + timedelta(hours=2),
            )
            for order in (first, second):
                self.keep(order, "twin", self.writer.row(order, 0))

    def versions(self, count: int) -> None:
        """Orders changed later; half of them twice within an hour, in offsets that read backwards."""
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
                older.cells["updated_at"] = writer.stamp(order.updated, order.store, "local" if east else "utc", "T")
                self.rows.append(older)
                order = self.changed(order, timedelta(minutes=writer.integer(5, 50)))
                newest = writer.row(order, feed)
                newest.cells["updated_at"] = writer.stamp(order.updated, order.store, "utc" if east else "local", "T")
            else:
                newest = writer.row(order, feed, updated_style=writer.pick(["local", "utc"]))
            self.keep(order, "version", newest)

    def changed(self, order: Order, later: timedelta) -> Order:
        minor = order.minor + self.writer.pick([-1, 1]) * self.writer.integer(1, max(2, order.minor // 3))
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
            cells = dict(other.cells, updated_at=one.cells["updated_at"], ordered_at=one.cells["ordered_at"])
            self.rows.append(replace(one, reason="conflicting_versions"))
            self.rows.append(Row(0, cells, one.near, "conflicting_versions"))

    def repeated_hour(self, count: int) -> None:
        """Stamps without offset in the hour the clock showed twice: the second pass is meant."""
        for _ in range(count):
            store, instant = self.writer.pick(self.writer.changes(-1))
            order = self.writer.order([store], instant + timedelta(seconds=self.writer.integer(0, 3600)))
            row = self.writer.row(order, self.writer.integer(0, 3), ordered_style="forced_naive")
            self.keep(order, "repeated", row)

    def missing_hour(self, count: int) -> None:
        """Stamps without offset in the hour the clock left out."""
        for number in range(count):
            store, instant = self.writer.pick(self.writer.changes(1))
            before = (instant - timedelta(hours=1)).astimezone(store.clock).replace(tzinfo=None)
            wall = before + timedelta(hours=1, seconds=self.writer.integer(0, 3600))
            field, ordered = ("updated_at", instant - timedelta(hours=9)) if number % 3 == 2 else ("ordered_at", instant)
            row = self.writer.row(self.writer.order([store], ordered), self.writer.integer(0, 3))
            row.cells[field] = wall.isoformat(self.writer.pick(["T", " "]))
            self.rows.append(replace(row, reason="nonexistent_time"))

    def faults(self, count: int) -> None:
        """Rows nobody can use; some repeat an order that is fine elsewhere."""
        for number in range(count):
            reason = ["missing_key", "unknown_store", "bad_timestamp", "bad_amount", "currency_mismatch"][number % 5]
            order, feed = self.writer.order(), self.writer.pick([0, 0, 2])
            if reason in ("unknown_store", "currency_mismatch") and self.writer.chance(0.4):
                order = self.writer.pick(self.orders)[0]
            row = replace(self.writer.row(order, feed), reason=reason)
            self.spoil(row, order)
            self.rows.append(row)

    def spoil(self, row: Row, order: Order) -> None:
        """Damage the row for its reason, and now and then in a later column as well."""
        writer, cells = self.writer, row.cells
        if row.reason == "bad_amount" or (row.reason != "currency_mismatch" and writer.chance(0.2)):
            too_fine = writer.money(order.minor * 10 + writer.integer(1, 10), order.store.digits + 1, 0)
            negative = "-" + writer.money(order.minor, order.store.digits, row.feed)
            cells["amount"] = writer.pick(["", "n/a", negative, "free"] + [too_fine] * 3 * (row.feed == 0))
        if row.reason == "missing_key":
            cells["order_id"] = writer.pick(["", " ", "\t"])
        elif row.reason == "unknown_store":
            cells["store_id"] = writer.pick(["", "S0", f"X{writer.integer(100, 999)}"])
        elif row.reason == "currency_mismatch":
            others = [store.currency for store in writer.stores if store.currency != order.store.currency]
            cells["currency"] = writer.pick([*others, ""])
        elif row.reason == "bad_timestamp":
            day = order.ordered
            bad = ["", f"{day:%Y-%m-%d}", f"{day:%d/%m/%Y %H:%M:%S}", f"{day:%Y}-02-30T{day:%H:%M:%S}Z", "0000-00-00 00:00:00"]
            cells[writer.pick(["ordered_at", "ordered_at", "updated_at"])] = writer.pick(bad)


