"""The table of results is laid out as rich lays it out, for any text, and quickly for many."""

from __future__ import annotations

import time
from typing import Any

from hostile_text import PAYLOADS
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.table import Table

from runner.tables import WIDTH, render_table, results_table
from runner.text import clean_line

WORDS = st.text(max_size=60) | st.sampled_from([one.text for one in PAYLOADS])
RESULTS = st.fixed_dictionaries(
    {
        "candidate": WORDS,
        "task": WORDS,
        "state": st.sampled_from(["graded", "invalid_submission", "not_gradable"]),
        "points": st.none() | st.floats(0, 100).map(lambda number: round(number, 1)),
        "max_points": st.just(100.0),
        "remark": WORDS,
        "flags": st.lists(st.just("tamper_suspected"), max_size=12),
    }
)


def by_rich(found: list[dict[str, Any]]) -> str:
    """Lay the table out by rich alone."""
    table = Table(box=None, pad_edge=False, width=WIDTH)
    table.add_column("candidate", max_width=20, overflow="fold")
    table.add_column("task", max_width=14, overflow="fold")
    table.add_column("state", no_wrap=True)
    table.add_column("points", justify="right", no_wrap=True)
    table.add_column("not passed, or why not", ratio=1, overflow="fold")
    table.add_column("ask", justify="right", no_wrap=True)
    for one in found:
        points = "" if one["points"] is None else f"{one['points']:g}/{one['max_points']:g}"
        table.add_row(
            *(clean_line(text) for text in (one["candidate"], one["task"], one["state"], points)),
            clean_line(one["remark"], max_chars=300),
            str(len(one["flags"]) or ""),
        )
    return render_table(table)


@given(st.lists(RESULTS, min_size=1, max_size=5))
def test_it_is_laid_out_as_rich_does(found: list[dict[str, Any]]) -> None:
    assert results_table(found) == by_rich(found)


@given(st.lists(RESULTS, max_size=3))
def test_no_line_is_wider_than_said(found: list[dict[str, Any]]) -> None:
    assert max(map(cell_len, results_table(found).split("\n"))) <= WIDTH


def test_no_results_are_a_heading() -> None:
    assert results_table([]).split() == (
        ["candidate", "task", "state", "points", "not", "passed,", "or", "why", "not", "ask"]
    )


def test_ten_thousand_take_a_moment() -> None:
    found = [
        {
            "candidate": f"LYNX-{number}",
            "task": "honest-estimate",
            "state": "graded",
            "points": 3.5,
            "max_points": 20.0,
            "remark": f"check-{number % 7}, the archive holds a link that leads outside; {number}",
            "flags": [],
        }
        for number in range(10_000)
    ]
    began = time.process_time()
    assert results_table(found).count("LYNX-") == 10_000
    assert time.process_time() - began < 3
