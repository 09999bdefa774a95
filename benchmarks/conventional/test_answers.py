"""The hidden tests of the corpus' task `lib`, as a conventional harness would have them.

They import the submission and read what it wrote. CANARY-c1f0a7-hidden
"""

import csv
import importlib
import json
import os
import pathlib
import sys

import numpy as np
import pandas as pd
import pytest

SUBMISSION = pathlib.Path(os.environ["SUBMISSION"])
EXPECTED = json.loads((pathlib.Path(__file__).parent / "expected.json").read_text())["total"]
CASES = [([], 0), ([7], 7), ([1, 2, 3], 6), ([5, -5, 11], 11), (list(range(40)), 780)]


@pytest.fixture(scope="module")
def lib():
    if str(SUBMISSION) not in sys.path:
        sys.path.insert(0, str(SUBMISSION))
    return importlib.import_module("lib")


def test_file():
    assert json.loads((SUBMISSION / "out" / "answer.json").read_text())["total"] == EXPECTED


def test_total(lib):
    for values, expected in CASES:
        assert lib.total(values) == expected


def test_table(lib):
    table = pd.DataFrame({"n": np.arange(1000), "name": [f"row {i}" for i in range(1000)]})
    found = lib.doubled(table)
    assert (found["n"] == table["n"] * 2).all()
    assert (found["name"] == table["name"]).all()


def test_rows():
    rows = list(csv.DictReader((SUBMISSION / "out" / "rows.csv").open()))
    assert len(rows) >= 20
    assert all(int(row["twice"]) == 2 * int(row["n"]) for row in rows)
