"""Results as a table, as JSON, as CSV: the same rows, made safe for each place."""

from __future__ import annotations

import csv
import json
from io import StringIO
from typing import TYPE_CHECKING, Any, Final

import pandas as pd
from rich.console import Console
from rich.table import Table

from graders.evidence import Evidence, ExitKind, Outcome, RunFacts, State
from runner.text import clean_cell, clean_line

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDTH: Final = 100
SCHEMA: Final = 1


def results_json(found: Sequence[Evidence]) -> str:
    """Return the results as JSON: ``schema`` 1 and a row for each submission."""
    rows = [row_of(one) for one in found]
    return json.dumps({"schema": SCHEMA, "results": rows}, indent=2, allow_nan=False)


def results_csv(found: Sequence[Evidence]) -> str:
    """Return the results as CSV that no spreadsheet takes for formulas; numbers stay numbers."""
    rows = [{**row_of(one), "criteria": None, "flags": len(one.flags)} for one in found]
    for row, one in zip(rows, found, strict=True):
        row.pop("criteria")
        for criterion in one.criteria:
            row[f"{criterion.id}_points"] = criterion.points
            row[f"{criterion.id}_max"] = criterion.max_points
    frame = pd.DataFrame(rows)
    for column in frame.columns:
        frame[column] = [clean_cell(v) if isinstance(v, str) else v for v in frame[column]]
    frame.columns = pd.Index([clean_cell(str(column)) for column in frame.columns])
    return frame.to_csv(index=False, quoting=csv.QUOTE_NONNUMERIC)


def results_table(found: Sequence[Evidence]) -> str:
    """Return the results as a table of at most 100 columns."""
    return render_table(make_table(found))


def make_table(found: Sequence[Evidence]) -> Table:
    """Return one row for each submission: state, criteria, checks that did not pass, flags."""
    table = Table(box=None, header_style="bold", pad_edge=False, width=WIDTH)
    table.add_column("candidate", max_width=20, overflow="fold")
    table.add_column("task", max_width=14, overflow="fold")
    table.add_column("state", no_wrap=True)
    table.add_column("points", justify="right", no_wrap=True)
    table.add_column("not passed, or why not", ratio=1, overflow="fold")
    table.add_column("ask", justify="right", no_wrap=True)
    for one in found:
        points = f"{one.points:g}/{one.max_points:g}" if one.state is State.GRADED else ""
        table.add_row(
            *(
                clean_line(text)
                for text in (one.submission.candidate, one.task.id, one.state.value, points)
            ),
            clean_line(_remark(one), max_chars=300),
            str(len(one.flags) or ""),
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


def row_of(one: Evidence) -> dict[str, Any]:
    """Return the plain facts of one grading."""
    return {
        "candidate": one.submission.candidate,
        "task": one.task.id,
        "task_version": one.task.version,
        "submission": one.submission.id,
        "state": one.state.value,
        "points": one.points if one.state is State.GRADED else None,
        "max_points": one.max_points if one.state is State.GRADED else None,
        "reason": one.reason,
        "problems": "; ".join(one.problems),
        "not_passed": " ".join(
            check.id for check in one.checks if check.outcome is not Outcome.PASSED
        ),
        "criteria": {
            criterion.id: {
                "points": criterion.points,
                "max_points": criterion.max_points,
                "machine_state": criterion.machine_state.value,
            }
            for criterion in one.criteria
        },
        "flags": [flag.id for flag in one.flags],
    }


def _remark(one: Evidence) -> str:
    if one.state is State.INVALID_SUBMISSION:
        return "; ".join(one.problems) or one.reason
    if one.state is State.NOT_GRADABLE:
        return one.reason
    words = [f"run {run.name}: {_how(run)}" for run in one.runs if not run.finished]
    for outcome, what in _WORDS.items():
        missed = [check.id for check in one.checks if check.outcome is outcome]
        if missed:
            words.append(f"{what}: {', '.join(missed)}" if len(missed) < 6 else
                         f"{what}: {len(missed)} checks")  # fmt: skip
    return "; ".join(words)


def _how(run: RunFacts) -> str:
    return f"exit code {run.exit_code}" if run.exit_kind is ExitKind.EXITED else run.exit_kind.value


_WORDS: Final = {
    Outcome.FAILED: "failed",
    Outcome.NOT_RUN: "not run",
    Outcome.ERROR: "check broken",
}
