"""Results as a table, as JSON, as CSV: the same rows, made safe for each place."""

from __future__ import annotations

import csv
import functools
import json
from io import StringIO
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from runner.text import clean_cell, clean_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.table import Table

Result: TypeAlias = dict[str, Any]
"""See :func:`runner.results.result_of`."""

WIDTH: Final = 100
SCHEMA: Final = 1
_HEADINGS: Final = ("candidate", "task", "state", "points", "not passed, or why not", "ask")
_MOST: Final = (20, 14, WIDTH, WIDTH, WIDTH, WIDTH)
"""Cells of each column; the fifth takes what the others leave."""
_REMARK: Final = 4
_TO_RIGHT: Final = (False, False, False, True, False, True)
_CONSOLE: Final = Console(width=WIDTH, color_system=None)


def results_json(found: Sequence[Result]) -> str:
    """Return the results as JSON: ``schema`` 1 and a row for each submission."""
    rows = [{key: one[key] for key in one if key != "remark"} for one in found]
    return json.dumps({"schema": SCHEMA, "results": rows}, indent=2, allow_nan=False)


def results_csv(found: Sequence[Result]) -> str:
    """Return the results as CSV that no spreadsheet takes for formulas; numbers stay numbers."""
    import pandas as pd  # noqa: PLC0415 - a third of a second that no other style needs

    rows = [{**one, "flags": len(one["flags"])} for one in found]
    for row in rows:
        del row["remark"]
        for criterion, points in row.pop("criteria").items():
            row[f"{criterion}_points"] = points["points"]
            row[f"{criterion}_max"] = points["max_points"]
    frame = pd.DataFrame(rows)
    for column in frame.columns:
        frame[column] = [clean_cell(v) if isinstance(v, str) else v for v in frame[column]]
    frame.columns = pd.Index([clean_cell(str(column)) for column in frame.columns])
    return frame.to_csv(index=False, quoting=csv.QUOTE_NONNUMERIC)


def results_table(found: Sequence[Result]) -> str:
    """Return the results as a table of at most 100 columns: a row for each submission.

    State, points, checks that did not pass, flags. Laid out as rich would, a tenth as slowly: it
    makes several objects of each cell, which takes long where there are 10,000 submissions.
    """
    rows = [_row(one) for one in found]
    widths = [
        min(most, max(map(cell_len, column)))
        for most, column in zip(_MOST, zip(_HEADINGS, *rows, strict=True), strict=True)
    ]
    widths[_REMARK] = WIDTH - sum(widths) + widths[_REMARK] - 2 * (len(widths) - 1)
    fold = functools.lru_cache(maxsize=4096)(_fold)
    folded = (
        [fold(*cell) for cell in zip(row, widths, _TO_RIGHT, strict=True)]
        for row in (_HEADINGS, *rows)
    )
    return "".join(
        "  ".join(line).rstrip() + "\n" for row in folded for line in _lines(row, widths)
    )


def _row(one: Result) -> tuple[str, ...]:
    graded = one["points"] is not None
    points = f"{one['points']:g}/{one['max_points']:g}" if graded else ""
    return (
        *map(clean_line, (one["candidate"], one["task"], one["state"], points)),
        clean_line(one["remark"], max_chars=300),
        str(len(one["flags"]) or ""),
    )


def _fold(text: str, width: int, to_right: bool) -> list[str]:
    """Return the lines of a cell, each filled up with blanks."""
    lines = [text]
    if cell_len(text) > width:
        lines = [line.plain for line in Text(text).wrap(_CONSOLE, width, overflow="fold")]
    if to_right:
        return [" " * (width - cell_len(line)) + line for line in lines]
    return [line + " " * (width - cell_len(line)) for line in lines]


def _lines(cells: list[list[str]], widths: list[int]) -> Iterator[tuple[str, ...]]:
    """Yield a row's lines; what ends earlier goes on as blanks."""
    blanks = [" " * width for width in widths]
    for number in range(max(map(len, cells))):
        yield tuple(
            cell[number] if number < len(cell) else blank
            for cell, blank in zip(cells, blanks, strict=True)
        )


def render_table(table: Table) -> str:
    """Return a table as plain text."""
    out = StringIO()
    console = Console(
        file=out, width=WIDTH, highlight=False, markup=False, emoji=False, color_system=None
    )
    console.print(table)
    return "".join(line.rstrip() + "\n" for line in out.getvalue().removesuffix("\n").split("\n"))
