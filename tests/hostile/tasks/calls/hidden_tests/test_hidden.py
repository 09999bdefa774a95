"""Hidden tests. CANARY-c1f0a7-hidden"""

import numpy as np
import pandas as pd
import pytest

ROWS = 1_000_000


@pytest.mark.check("call-shapes", criterion="correctness", points=2)
def test_shapes(candidate):
    """Tuples, mappings from whole numbers and times come back as they are."""
    found = candidate.function("lib:extremes", timeout_s=15.0)([3, 1, 2])
    assert type(found) is tuple, f"extremes() gave a {type(found).__name__}"
    assert found == (1, 3), f"extremes() gave {found}"
    counts = candidate.function("lib:counts", timeout_s=15.0)([5, 7, 5])
    assert counts == {5: 2, 7: 1}, f"counts() gave {counts}"
    days = candidate.function("lib:days", timeout_s=15.0)(3)
    expected = np.array(["2026-01-01", "2026-01-02", "2026-01-03"], dtype="M8[ns]")
    assert isinstance(days, np.ndarray), "days() gave no array"
    assert days.tolist() == expected.tolist(), f"days() gave {days}"


@pytest.mark.check("call-large", criterion="correctness", points=2)
def test_large(candidate, measure):
    """A table of a million rows comes back whole."""
    table = candidate.function("lib:table", timeout_s=30.0)(ROWS)
    assert isinstance(table, pd.DataFrame), "table() gave no table"
    measure("rows", len(table), "1")
    assert list(table.columns) == ["n", "label"], f"the columns are {list(table.columns)}"
    assert (table["n"].to_numpy() == np.arange(ROWS)).all(), "n does not count"
    assert table["label"].iloc[-1] == f"row {ROWS - 1}", "the last label is another"


@pytest.mark.check("call-many", criterion="correctness", points=1)
def test_many(candidate):
    """Forty arrays come back from forty calls."""
    calls = candidate.function("lib:ramp", timeout_s=15.0).map([100_000] * 40)
    for call in calls:
        assert isinstance(call.value, np.ndarray), "ramp() gave no array"
        assert (call.value == np.arange(100_000)).all(), "ramp() is no ramp"
