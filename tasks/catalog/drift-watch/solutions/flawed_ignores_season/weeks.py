"""Weeks of the log as columns of text, each request once."""

import csv
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from operator import itemgetter
from pathlib import Path

import numpy as np


@dataclass
class Week:
    """One week's requests; `number` counts weeks from a fixed Monday."""

    name: str
    columns: list[str]
    rows: list[tuple[str, ...]]

    @property
    def number(self) -> int:
        return (date.fromisoformat(self.name) - date(2000, 1, 3)).days // 7

    def cells(self, name: str) -> list[str]:
        place = self.columns.index(name)
        return [row[place] for row in self.rows]

    def numbers(self, name: str) -> np.ndarray:
        """Return the values that are there, in ascending order, so that sums do not depend on lines."""
        return np.sort(np.array([cell for cell in self.cells(name) if cell], dtype=float))


def make_week(name: str, columns: list[str], lines: list[list[str]]) -> Week:
    """Drop the log id, and with it the repetitions: no two requests agree in all their figures."""
    log_id = columns.index("log_id")
    keep = [place for place in range(len(columns)) if place != log_id]
    rows = sorted({tuple(line[place] for place in keep) for line in lines})
    return Week(name, [columns[place] for place in keep], rows)


def read_reference(path: Path) -> list[Week]:
    with path.open(encoding="utf-8", newline="") as handle:
        reader = csv.reader(handle)
        header = next(reader)
        place = header.index("week")
        lines = sorted(reader, key=itemgetter(place))
    columns = header[:place] + header[place + 1 :]
    return [
        make_week(name, columns, [line[:place] + line[place + 1 :] for line in group])
        for name, group in groupby(lines, key=itemgetter(place))
    ]


def read_weeks(folder: Path) -> list[Week]:
    weeks = []
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as handle:
            reader = csv.reader(handle)
            header = next(reader)
            weeks.append(make_week(path.stem, header, list(reader)))
    return weeks
