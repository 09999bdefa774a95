"""Draws card payments: clean ones first, then what happens to them on the way.

All tables have the columns of :data:`COLUMNS`; times are whole seconds since 1970, UTC.
"""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

HOUR = 3600
DAY = 24 * HOUR
COLUMNS = ["event_id", "card", "at", "known_at", "amount", "merchant", "country", "zone"]
# NA is Namibia, and a merchant's code like any other.
COUNTRIES = {
    "NA": ["Africa/Windhoek"],
    "DE": ["Europe/Berlin"],
    "PT": ["Europe/Lisbon", "Atlantic/Azores"],
    "GB": ["Europe/London"],
    "FI": ["Europe/Helsinki"],
    "US": ["America/New_York", "America/Denver", "America/Los_Angeles"],
    "BR": ["America/Sao_Paulo"],
    "CL": ["America/Santiago"],
    "IN": ["Asia/Kolkata"],
    "NP": ["Asia/Kathmandu"],
    "JP": ["Asia/Tokyo"],
    "AU": ["Australia/Adelaide", "Australia/Lord_Howe"],
    "NZ": ["Pacific/Auckland"],
}
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class Merchant(NamedTuple):
    """Where a card can pay."""

    code: str
    country: str
    zone: str
    risk: float


def clock_changes(zone: str, years: range) -> list[int]:
    """Return the instants at which the zone's offset changes."""
    clock, found = ZoneInfo(zone), []
    start = datetime(years.start, 1, 1, tzinfo=UTC)
    for day in range(366 * len(years)):
        low = start + timedelta(days=day)
        if low.astimezone(clock).utcoffset() == (low + timedelta(days=1)).astimezone(clock).utcoffset():
            continue
        step = next(
            low + timedelta(minutes=30 * (half + 1))
            for half in range(48)
            if (low + timedelta(minutes=30 * half)).astimezone(clock).utcoffset()
            != (low + timedelta(minutes=30 * (half + 1))).astimezone(clock).utcoffset()
        )
        found.append(int(step.timestamp()))
    return found


class Drawer:
    """Draws everything of one stream of the seed."""

    def __init__(self, seed: int, stream: int) -> None:
        self.rng = np.random.default_rng([seed, stream])
        self._ids = (f"p{number:09x}" for number in self._distinct(16**9, 60_000))
        self._cards = (f"c{number}" for number in self._distinct(900_000, 5_000, least=100_000))
        self.merchants = self._draw_merchants()

    def _distinct(self, below: int, count: int, least: int = 0) -> list[int]:
        numbers = np.unique(self.rng.integers(least, below, size=count))
        return self.rng.permutation(numbers).tolist()

    def integer(self, low: int, high: int) -> int:
        return int(self.rng.integers(low, high))

    def pick(self, items):
        return items[self.integer(0, len(items))]

    def some(self, items, count: int) -> list:
        """Return so many different ones, in order."""
        return [items[i] for i in sorted(self.rng.choice(len(items), size=count, replace=False))]

    def share(self, table: pd.DataFrame, part: float) -> np.ndarray:
        """Return a mask over the rows with this share of them, at least one."""
        count = max(1, round(part * len(table)))
        mask = np.zeros(len(table), dtype=bool)
        mask[self.rng.choice(len(table), size=min(count, len(table)), replace=False)] = True
        return mask

    def _draw_merchants(self) -> list[Merchant]:
        codes = {a + b for a in LETTERS for b in LETTERS} - {"NA", *COUNTRIES}
        codes = ["NA", *self.some(sorted(codes), self.integer(22, 34))]
        others = self.some(sorted(set(COUNTRIES) - {"NA"}), 6)
        countries = ["NA", *others, *(self.pick(["NA", *others, *others]) for _ in codes[7:])]
        risks = np.clip(self.rng.beta(0.9, 5.0, size=len(codes)), 0.01, 0.8)
        risks[0] = 0.6 + 0.2 * self.rng.random()
        return [
            Merchant(code, country, self.pick(COUNTRIES[country]), float(risk))
            for code, country, risk in zip(codes, countries, risks, strict=True)
        ]

    # Payments

    def card(self, times, merchants: list[Merchant] | None = None, name: str = "") -> pd.DataFrame:
        """Return on-time payments of one card at these instants, all cells filled."""
        count = len(times)
        merchants = merchants or self.merchants
        popular = 1.0 / np.arange(1, len(merchants) + 1) ** 0.7
        chosen = self.rng.choice(len(merchants), size=count, p=popular / popular.sum())
        where = [merchants[index] for index in chosen]
        amounts = np.clip(np.exp(self.rng.normal(3.2, 1.2, size=count)), 0.05, 900.0).round(2)
        times = np.sort(np.asarray(times, dtype="int64"))
        table = {
            "event_id": [next(self._ids) for _ in range(count)],
            "card": [name or next(self._cards)] * count,
            "at": times,
            "known_at": times,
            "amount": amounts,
            "merchant": [merchant.code for merchant in where],
            "country": [merchant.country for merchant in where],
            "zone": [merchant.zone for merchant in where],
        }
        return pd.DataFrame(table, columns=COLUMNS)

    def times(self, count: int, start: int, days: float) -> np.ndarray:
        """Return different instants, half of them a few hours after another one."""
        found = start + self.rng.integers(0, int(days * DAY), size=count)
        for index in range(1, count):
            if self.rng.random() < 0.55:
                found[index] = found[index - 1] + 1 + int(self.rng.exponential(5 * HOUR))
        return np.unique(np.clip(found, start, start + int(days * DAY)))

    def gaps(self, count: int, start: int, gaps: list[int]) -> np.ndarray:
        """Return instants with gaps drawn from these or, in a third of the cases, of a few hours."""
        steps = [
            self.pick(gaps) if self.rng.random() < 0.67 else 1 + int(self.rng.exponential(4 * HOUR))
            for _ in range(count)
        ]
        return start + np.cumsum(steps)

    # What happens to payments

    def delay(self, table: pd.DataFrame, part: float, hours: float) -> pd.DataFrame:
        """Return the table with some of the payments known only later."""
        late = self.share(table, part)
        delays = 60 + self.rng.exponential(hours * HOUR, size=len(table)).astype("int64")
        return table.assign(known_at=np.where(late, table["at"] + delays, table["known_at"]))

    def same_second(self, table: pd.DataFrame, part: float) -> pd.DataFrame:
        """Return the table with some payments in the very second of the card's one before."""
        previous = table.groupby("card")["at"].shift()
        tied = self.share(table, part) & previous.notna().to_numpy()
        at = table["at"].where(~tied, previous.fillna(0)).astype("int64")
        return table.assign(at=at, known_at=at)

    def blank(self, table: pd.DataFrame, amounts: float, merchants: float) -> pd.DataFrame:
        """Return the table without some of the amounts, and without some merchants."""
        table = table.copy()
        table.loc[self.share(table, amounts), "amount"] = np.nan
        table.loc[self.share(table, merchants), ["merchant", "country"]] = None
        return table

    def label(self, table: pd.DataFrame, missing: float) -> pd.DataFrame:
        """Return the table with what became of each payment; of some it is not known yet."""
        risk = {merchant.code: merchant.risk for merchant in self.merchants}
        careless = dict.fromkeys(table["card"], 0.0)
        for card in careless:
            careless[card] = 0.5 if self.rng.random() < 0.12 else 0.0
        chance = table["merchant"].map(risk).fillna(0.35) + table["card"].map(careless)
        fraud = (self.rng.random(len(table)) < chance).astype("float64")
        fraud[self.share(table, missing)] = np.nan
        return table.assign(fraud=fraud)

    def resend(self, table: pd.DataFrame, part: float) -> pd.DataFrame:
        """Return the table, shuffled, with some payments once or twice more, known later."""
        chosen = table[self.share(table, part)]
        copies = [chosen, chosen[self.share(chosen, 0.3)]]
        for index, again in enumerate(copies):
            delays = 1 + self.rng.exponential(20 * HOUR, size=len(again)).astype("int64")
            copies[index] = again.assign(known_at=again["known_at"] + delays)
        whole = pd.concat([table, *copies], ignore_index=True)
        return whole.iloc[self.rng.permutation(len(whole))].reset_index(drop=True)
