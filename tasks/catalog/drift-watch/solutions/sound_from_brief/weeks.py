"""Reads lines and makes weeks of requests, each request counted once."""

import csv
from collections import Counter
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np


@dataclass
class Week:
    """The requests of a week: for every column that the file has, the cells in one order."""

    monday: str
    columns: dict[str, list[str]]
    requests: int

    def numbers(self, name: str) -> np.ndarray:
        return np.sort([value for value in map(_number, self.columns[name]) if value is not None])

    def counts(self, name: str) -> Counter:
        """Return how often each value is there, missing ones left out."""
        return Counter(cell for cell in self.columns[name] if cell != "")

    def missing(self, *names: str) -> float:
        """Return the share of requests that lack all of these columns."""
        return sum(not any(cells) for cells in zip(*(self.columns[name] for name in names))) / self.requests

    def ones(self) -> float:
        return self.columns["label"].count("1") / self.requests


def read_reference(path: Path, features: list[str]) -> list[Week]:
    by_week: dict[str, list[dict]] = {}
    with path.open(encoding="utf-8-sig", newline="") as handle:
        reader = csv.DictReader(handle, restval="")
        for line in reader:
            by_week.setdefault(line["week"], []).append(line)
        header = reader.fieldnames or []
    return [_week(monday, header, lines, features) for monday, lines in sorted(by_week.items())]


def read_week(path: Path, features: list[str]) -> Week:
    with path.open(encoding="utf-8-sig", newline="") as handle:
        reader = csv.DictReader(handle, restval="")
        lines = list(reader)
        return _week(path.stem, reader.fieldnames or [], lines, features)


def _week(monday: str, header: list[str], lines: list[dict], features: list[str]) -> Week:
    """Count every request once.

    The gateway writes a request that was sent again as a line with a number of its own: such lines agree in all
    but `log_id`. Columns that nobody listed say nothing about it.
    """
    names = [name for name in [*features, "label"] if name in header]
    requests = sorted({tuple(line[name] for name in names) for line in lines})
    columns = {name: [request[place] for request in requests] for place, name in enumerate(names)}
    return Week(monday, columns, len(requests))


def week_number(monday: str) -> int:
    return date.fromisoformat(monday).toordinal() // 7


def _number(cell: str) -> float | None:
    try:
        value = float(cell)
    except ValueError:
        return None
    return value if np.isfinite(value) else None
