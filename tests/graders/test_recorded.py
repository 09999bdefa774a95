"""What a notebook's executor wrote is a claim: each cell counts once, in order."""

from __future__ import annotations

from typing import Any

import pytest

from graders.recorded import _cells

SOURCES = {0: "one", 2: "two"}


def cell(index: object) -> dict[str, Any]:
    return {"index": index, "text": "", "png": [], "error": None, "seconds": 0.1}


def test_cells_in_order_are_taken() -> None:
    assert [found.source for found in _cells(SOURCES, [cell(0), cell(2)])] == ["one", "two"]


@pytest.mark.parametrize("indexes", [[0, 0], [2, 0], [0, 2, 2], [1], ["x"], [-1]])
def test_cells_that_no_executor_lists_are_refused(indexes: list[object]) -> None:
    with pytest.raises((ValueError, KeyError)):
        _cells(SOURCES, [cell(index) for index in indexes])
