"""Read a drop, and say of each delivery whether it is whole."""

import csv
import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path

WHOLE_NUMBER = re.compile(r"-?[0-9]+")
ACTIONS = ("set", "remove")


class NotWhole(Exception):
    """The file does not bear out the delivery's line of the manifest; says why."""


@dataclass(frozen=True)
class Delivery:
    """A whole delivery. `rows` maps a machine to its counters, or to None where a patch removes it."""

    delivery_id: str
    plant: str
    day: str
    revision: int
    kind: str
    rows: dict[str, dict[str, int] | None]


def read_manifest(drop: Path) -> list[dict[str, str]]:
    """The lines of the drop's manifest."""
    with (drop / "manifest.csv").open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle, strict=True))


def read_delivery(line: dict[str, str], drop: Path, counters: list[str]) -> Delivery:
    """The delivery of a line of the manifest with these counters, or NotWhole."""
    kind = line["kind"]
    if kind not in ("full", "patch", "retract"):
        raise NotWhole(f"kind {kind!r} is unknown")
    revision, announced = _number(line["revision"], "revision"), _number(line["rows"] or "0", "rows")
    if revision < 1:
        raise NotWhole(f"revision is {revision}, below 1")
    try:
        date.fromisoformat(line["day"])
    except ValueError:
        raise NotWhole(f"day {line['day']!r} is not a date") from None
    if kind == "retract":
        if announced or line["file"]:
            raise NotWhole("a retraction with rows or a file")
        rows = {}
    else:
        rows = _read_rows(line, announced, drop, counters)
    return Delivery(line["delivery_id"], line["plant"], line["day"], revision, kind, rows)


def _read_rows(line: dict[str, str], announced: int, drop: Path, counters: list[str]) -> dict:
    header, records = _read_table(line["file"], drop)
    expected = {"plant", "day", "machine_id", *counters} | ({"action"} if line["kind"] == "patch" else set())
    if missing := sorted(expected - set(header)):
        raise NotWhole(f"columns are missing: {', '.join(missing)}")
    if line["kind"] == "full" and "action" in header:
        raise NotWhole("a full delivery whose file is a patch")
    if len(records) != announced:
        raise NotWhole(f"{len(records)} rows, {announced} announced")

    rows = {}
    for record in records:
        row = dict(zip(header, record, strict=True))
        for column in ("plant", "day"):
            if row[column] != line[column]:
                raise NotWhole(f"{column} in the file is {row[column]}, announced {line[column]}")
        machine, action = row["machine_id"], row.get("action", "set")
        if machine in rows:
            raise NotWhole(f"machine {machine} comes twice")
        if action not in ACTIONS:
            raise NotWhole(f"action {action!r} is unknown")
        rows[machine] = None if action == "remove" else {name: _number(row[name], name) for name in counters}
    return rows


def _read_table(name: str, drop: Path) -> tuple[list[str], list[list[str]]]:
    """Header and rows of a file of the drop."""
    if not name or Path(name).name != name:
        raise NotWhole(f"{name!r} is not the name of a file")
    try:
        with (drop / name).open(encoding="utf-8", newline="") as handle:
            lines = [line for line in csv.reader(handle, strict=True) if line]
    except FileNotFoundError:
        raise NotWhole("its file is missing") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise NotWhole(f"its file cannot be read: {error}") from None
    if not lines:
        raise NotWhole("its file is empty")
    header, *records = lines
    if len(set(header)) != len(header):
        raise NotWhole("a column comes twice")
    if any(len(record) != len(header) for record in records):
        raise NotWhole("a row has more or fewer cells than the header")
    return header, records


def _number(text: str, name: str) -> int:
    if not WHOLE_NUMBER.fullmatch(text):
        raise NotWhole(f"{name} is {text!r}, not a whole number")
    return int(text)
