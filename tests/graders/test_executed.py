"""What the notebook's executor wrote is read as it writes it, or not at all."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from graders.executed import MAX_PICTURES, MAX_TEXT_CHARS, ExecutedRefusedError, read_executed
from graders.guests import guest_source

CODE = ((0, "x = 1"), (2, "x"))


def cell(place: int, **changes: Any) -> dict[str, Any]:
    return {"index": place, "text": "1", "png": ["aGk="], "error": None, "seconds": 0.5, **changes}


def executed(*cells: object, stopped: object = "") -> bytes:
    return json.dumps({"cells": cells, "stopped": stopped}).encode()


def test_cells_are_read_with_their_own_sources() -> None:
    found = read_executed(executed(cell(0), cell(2, error="ValueError: x")), CODE)
    assert [(one.index, one.source, one.error) for one in found.cells] == [
        (0, "x = 1", None),
        (2, "x", "ValueError: x"),
    ]
    assert found.cells[0].png == ("aGk=",)
    assert found.stopped == ""


def test_a_notebook_may_end_early() -> None:
    found = read_executed(executed(cell(0), stopped="kernel_died"), CODE)
    assert (len(found.cells), found.stopped) == (1, "kernel_died")


def test_long_output_is_cut() -> None:
    found = read_executed(executed(cell(0, text="x" * 50_000)), CODE)
    assert len(found.cells[0].text) == MAX_TEXT_CHARS


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"{}",
        executed("x"),
        executed(None),
        executed(cell(1)),
        executed(cell(2)),
        executed(cell(0), cell(0)),
        executed(cell(0), cell(2), cell(3)),
        executed(cell(0, index="0")),
        executed(cell(0, text=5)),
        executed(cell(0, text=["x"])),
        executed(cell(0, error=5)),
        executed(cell(0, png="aGk=")),
        executed(cell(0, png=["aGk"])),
        executed(cell(0, png=["é"])),
        executed(cell(0, png=["aGk="] * (MAX_PICTURES + 1))),
        executed(cell(0, seconds="nan")),
        executed(cell(0, seconds=-1)),
        executed(cell(0, seconds=True)),
        executed(cell(0, seconds=[])),
        executed(cell(0, more=1)),
        executed({"index": 0}),
        executed(cell(0), stopped="passed"),
        executed(cell(0), stopped=[]),
        executed(cell(0, seconds=1.5)).replace(b"1.5", b"1e999"),
    ],
)
def test_anything_else_is_refused(raw: bytes) -> None:
    with pytest.raises(ExecutedRefusedError):
        read_executed(raw, CODE)


def test_executor_and_reader_keep_as_many_pictures() -> None:
    found = re.search(r"^MAX_PICTURES = (\d+)$", guest_source("notebook.py").decode(), re.MULTILINE)
    assert found
    assert int(found[1]) == MAX_PICTURES
