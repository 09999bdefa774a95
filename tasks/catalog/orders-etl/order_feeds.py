"""Orders as they were, and how each feed writes them down, well or badly."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

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
    ("America/Denver", "USD", 2, 1),
    ("America/Toronto", "CAD", 2, 1.5),
]
AUSTRALIA = [(f"Australia/{city}", "AUD", 2, 1.6) for city in ("Sydney", "Melbourne", "Hobart")]
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
CITIES = ["München", "Köln", "Málaga", "Orléans", "Göteborg", "Århus"]
NOTES = [
    "",
    "",
    "",
    "gift, no invoice",
    "call before delivery",
    'says "urgent"',
    "second floor, left",
]
NAMES = "ana bo chen dina emil fatou gita hugo ines jun kofi lena".split()


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
        return {key: value for key, value in vars(self).items() if key != "extra"}


@cache
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

    def pick(self, items: Sequence[Any]) -> Any:
        return items[self.integer(0, len(items))]

    def shuffled(self, items: list) -> list:
        return [items[position] for position in self.rng.permutation(len(items)).tolist()]

    def _draw_stores(self) -> list[Store]:
        places = (
            self.shuffled(EUROPE)[:2] + self.shuffled(AMERICA)[:2] + self.shuffled(AUSTRALIA)[:2]
        )
        places += [self.pick(NO_CHANGE), self.pick(NO_MINOR), self.pick(THREE_DIGITS)]
        codes = (self.rng.choice(900, size=len(places), replace=False) + 100).tolist()
        return [Store(f"S{code}", *place) for code, place in zip(codes, places, strict=True)]

    def _draw_feeds(self) -> list[Feed]:
        renamed = {field: self.pick(RENAMED[field]) for field in FIELDS}
        partner = dict(zip(FIELDS, self.pick(PARTNER_COLUMNS), strict=True))
        names = [
            self.pick(["web", "shop", "tills"]),
            self.pick(["app", "mobile"]),
            self.pick(["partner", "resale"]),
        ]
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
