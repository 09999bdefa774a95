"""Results as a table, as JSON, as CSV: the same rows, made safe for each place."""

from __future__ import annotations

import csv
import json
from io import StringIO
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import pandas as pd
from rich.console import Console
from rich.table import Table

from runner.text import clean_cell, clean_line

if TYPE_CHECKING:
    from collections.abc import Sequence

Result: TypeAlias = dict[str, Any]
"""See :func:`runner.results.result_of`."""

WIDTH: Final = 100
SCHEMA: Final = 1


def results_json(found: Sequence[Result]) -> str:
    """Return the results as JSON: ``schema`` 1 and a row for each submission."""
    rows = [{key: one[key] for key in one if key != "remark"} for one in found]
    return json.dumps({"schema": SCHEMA, "results": rows}, indent=2, allow_nan=False)


def results_csv(found: Sequence[Result]) -> str:
    """Return the results as CSV that no spreadsheet takes for formulas; numbers stay numbers."""
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
    """Return the results as a table of at most 100 columns."""
    return render_table(make_table(found))


def make_table(found: Sequence[Result]) -> Table:
    """Return one row for each submission: state, criteria, checks that did not pass, flags."""
    table = Table(box=None, header_style="bold", pad_edge=False, width=WIDTH)
    table.add_column("candidate", max_width=20, overflow="fold")
    table.add_column("task", max_width=14, overflow="fold")
    table.add_column("state", no_wrap=True)
    table.add_column("points", justify="right", no_wrap=True)
    table.add_column("not passed, or why not", ratio=1, overflow="fold")
    table.add_column("ask", justify="right", no_wrap=True)
    for one in found:
        graded = one["points"] is not None
        points = f"{one['points']:g}/{one['max_points']:g}" if graded else ""
        table.add_row(
            *(clean_line(text) for text in (one["candidate"], one["task"], one["state"], points)),
            clean_line(one["remark"], max_chars=300),
            str(len(one["flags"]) or ""),
        )
    return table


def render_table(table: Table) -> str:
    """Return a table as plain text."""
    out = StringIO()
    console = Console(
        file=out, width=WIDTH, highlight=False, markup=False, emoji=False, color_system=None
    )
    console.print(table)
    return "".join(line.rstrip() + "\n" for line in out.getvalue().removesuffix("\n").split("\n"))
