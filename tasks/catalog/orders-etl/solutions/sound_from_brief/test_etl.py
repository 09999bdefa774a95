"""The rules of the brief, cell by cell and on a small delivery."""

import csv
import json
from pathlib import Path
from zoneinfo import ZoneInfo

import etl
import pytest
from cells import BadStamp, NonexistentTime, Notation, Stamp

BERLIN = ZoneInfo("Europe/Berlin")
COMMA, POINT, SPACE = Notation(",", "."), Notation(".", ""), Notation(",", " ")


@pytest.mark.parametrize(
    ("notation", "text", "digits", "minor"),
    [
        (POINT, "12.34", 2, 1234),
        (POINT, "12", 2, 1200),
        (POINT, "12.3", 2, 1230),
        (POINT, "12.340", 2, None),
        (POINT, "1.250", 3, 1250),
        (POINT, "500", 0, 500),
        (POINT, "500.0", 0, None),
        (POINT, "-0.01", 2, None),
        (POINT, "0.00", 2, 0),
        (POINT, "1,234.50", 2, None),
        (POINT, "1e3", 2, None),
        (POINT, "", 2, None),
        (POINT, "nan", 2, None),
        (POINT, "٣", 2, None),
        (COMMA, "1.234,5", 2, 123450),
        (COMMA, "1234,5", 2, 123450),
        (COMMA, "3.503.228", 0, 3503228),
        (COMMA, "1.234", 3, 1234000),
        (COMMA, "12.34", 2, None),
        (COMMA, "1234.567", 2, None),
        (SPACE, "1 234,50", 2, 123450),
    ],
)
def test_amounts(notation, text, digits, minor):
    assert notation.minor_units(text, digits) == minor


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2022-01-05T10:00:00", "2022-01-05T09:00:00+00:00"),
        ("2022-07-05 10:00:00", "2022-07-05T08:00:00+00:00"),
        ("2022-07-05 10:00:00Z", "2022-07-05T10:00:00+00:00"),
        ("2022-07-05T10:00:00-0330", "2022-07-05T13:30:00+00:00"),
        ("2022-07-05T10:00:00+05:45", "2022-07-05T04:15:00+00:00"),
        ("2022-10-30T02:30:00", "2022-10-30T01:30:00+00:00"),  # the second pass
        ("2022-10-30T02:30:00+02:00", "2022-10-30T00:30:00+00:00"),
        ("2022-03-27T02:30:00+01:00", "2022-03-27T01:30:00+00:00"),  # with an offset: no skipped hour
        ("2022-03-27T03:00:00", "2022-03-27T01:00:00+00:00"),
    ],
)
def test_instants(text, instant):
    assert Stamp.parse(text).instant(BERLIN).isoformat() == instant


@pytest.mark.parametrize(
    "text",
    ["", "2022-03-22", "22/03/2022 06:16:05", "2022-02-30T10:00:00", "0000-00-00 00:00:00", "2022-03-22T24:00:00",
     "2022-03-22  10:00:00", "2022-03-22t10:00:00", "2022-03-22T10:00:00 Z", "2022-03-22T10:00:00+01",
     "2022-03-22T10:00:00.5", "2022-03-22T10:00:60", "2022-03-22T10:00:00+01:75", "0001-01-01T00:00:00"],
)  # fmt: skip
def test_bad_stamps(text):
    with pytest.raises(BadStamp):
        Stamp.parse(text)


@pytest.mark.parametrize("text", ["2022-03-27T02:00:00", "2022-03-27 02:59:59"])
def test_skipped_hour_is_nobodys_time(text):
    with pytest.raises(NonexistentTime):
        Stamp.parse(text).instant(BERLIN)


def test_repeated_hour():
    readings = ["2022-10-30T02:30:00", "2022-10-30T02:30:00Z", "2022-03-27T02:30:00", "2022-10-30T03:00:00"]
    assert [Stamp.parse(text).is_repeated(BERLIN) for text in readings] == [True, False, False, False]


@pytest.fixture
def delivery(tmp_path: Path):
    """A function that runs the job on rows (id, shop, customer, amount, currency, ordered, updated) of one feed."""

    def run(*rows: tuple) -> Path:
        names = dict(zip(["order_id", "store_id", "customer", "amount", "currency", "ordered_at", "updated_at"], "abcdefg"))
        feed = {"file": "f.csv", "encoding": "cp1252", "delimiter": ";", "decimal": ",", "thousands": ".", "columns": names}
        (tmp_path / "feeds.json").write_text(json.dumps({"feeds": [feed]}))
        (tmp_path / "stores.csv").write_text("store_id,zone,currency\nS1,Europe/Berlin,EUR\n")
        (tmp_path / "currencies.csv").write_text("currency,minor_digits\nEUR,2\nJPY,0\n")
        lines = [";".join([*"gfedcba", "amount"]), *(";".join([*reversed(row), "9,99"]) for row in rows)]
        (tmp_path / "f.csv").write_text("\n".join(lines) + "\n", encoding="cp1252")
        etl.run(tmp_path, tmp_path)
        return tmp_path

    return run


def row(order_id="A", store="S1", customer="x", amount="1,00", currency="EUR", hour=10, updated="2022-01-02T00:00:00Z"):
    return order_id, store, customer, amount, currency, f"2022-01-01T{hour}:00:00", updated


def read(path: Path) -> list[list[str]]:
    with path.open(newline="", encoding="utf-8") as handle:
        return list(csv.reader(handle))[1:]


def test_latest_instant_wins_whatever_the_text_says(delivery):
    out = delivery(
        row(amount="1,00", updated="2022-01-02T01:00:00+02:00"),
        row(amount="2,00", updated="2022-01-01T23:30:00Z"),
        row(" a\t", " s1", "X ", "02,00", "eur", updated="2022-01-02 00:30:00"),
    )
    orders = [["A", "S1", "x", "2022-01-01T09:00:00Z", "2022-01-01T23:30:00Z", "EUR", "200"]]
    assert read(out / "orders.csv") == orders
    assert read(out / "daily_revenue.csv") == [["S1", "2022-01-01", "EUR", "1", "200"]]
    assert json.loads((out / "summary.json").read_text())["merged"] == 2


def test_versions_in_conflict_take_the_older_ones_along(delivery):
    old = row(updated="2022-01-01T20:00:00Z")
    out = delivery(old, row(amount="2,00"), row(customer="y"), row("B"), row("B", amount="x"))
    assert read(out / "quarantine.csv") == [
        *(["f.csv", str(line), "conflicting_versions"] for line in (2, 3, 4)),
        ["f.csv", "6", "bad_amount"],
    ]
    assert [order[0] for order in read(out / "orders.csv")] == ["B"]


def test_first_reason_applies(delivery):
    rows = [
        row("\t", "?", "x", "?", "?"),
        row("A", "?", "x", "?", "?", updated="?"),
        row("A", "S1", "x", "?", "?", updated="?"),
        row("A", "S1", "x", "?", "?", updated="2022-03-27T02:30:00"),
        row("A", "S1", "x", "?", "JPY"),
        row("A", "S1", "x", "?"),
    ]
    assert [reason for *_, reason in read(delivery(*rows) / "quarantine.csv")] == etl.REASONS[:6]


def test_rerun_is_identical(delivery):
    rows = [row(f"ID{number % 7}", amount=f"{number % 14},00") for number in range(40)]
    first = {path.name: path.read_bytes() for path in delivery(*rows).iterdir()}
    assert {path.name: path.read_bytes() for path in delivery(*rows).iterdir()} == first
