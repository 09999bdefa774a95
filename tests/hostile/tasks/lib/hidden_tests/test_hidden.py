"""Hidden tests. CANARY-c1f0a7-hidden"""

import numpy as np
import pandas as pd
import pytest
from worksample_checks import whole_numbers

CASES = [[], [7], [1, 2, 3], [5, -5, 11], list(range(40))]


@pytest.mark.check("file-total", criterion="correctness", points=2)
def test_file(deliverables, truth, measure):
    """The total in the file is that of the numbers. CANARY-c1f0a7-hidden"""
    expected = truth.json("public", "answer.json")["total"]
    measure("total", expected, "1")
    answer = deliverables.json("public", "out/answer.json")
    assert isinstance(answer, dict), "answer.json is no object"
    assert answer.get("total") == expected, f"CANARY-c1f0a7-hidden: {expected} is the total"


@pytest.mark.check("call-total", criterion="correctness", points=2)
def test_total(candidate):
    """The function adds any list."""
    calls = candidate.function("lib:total", timeout_s=2.0).map(CASES)
    for case, call in zip(CASES, calls, strict=True):
        assert type(call.value) is int, f"total({case}) is no int"
        assert call.value == sum(case), f"total({case}) is {call.value}"


@pytest.mark.check("call-table", criterion="correctness", points=1)
def test_table(candidate):
    """The function doubles the column `n` of a table and leaves the rest."""
    table = pd.DataFrame({"n": np.arange(1000), "name": [f"row {i}" for i in range(1000)]})
    found = candidate.function("lib:doubled", timeout_s=2.0)(table)
    assert isinstance(found, pd.DataFrame), "doubled() gave no table"
    expected = table.assign(n=table["n"] * 2)
    assert list(found.columns) == list(expected.columns), "other columns"
    assert found["n"].tolist() == expected["n"].tolist(), "n is not doubled"
    assert found["name"].tolist() == expected["name"].tolist(), "names changed"


@pytest.mark.check("rows", criterion="correctness", points=1)
def test_rows(deliverables):
    """Where there is a rows.csv, `twice` is twice `n`."""
    rows = deliverables.csv("public", "out/rows.csv", columns=["n", "twice"])
    n, twice = whole_numbers(rows["n"], "n"), whole_numbers(rows["twice"], "twice")
    assert len(n) >= 20, f"only {len(n)} rows"
    assert (twice == 2 * n).all(), "twice is not twice n"
