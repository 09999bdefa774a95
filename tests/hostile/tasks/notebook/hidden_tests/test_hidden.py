"""Hidden tests. CANARY-c1f0a7-hidden"""

import pytest


@pytest.mark.check("file-total", criterion="correctness", points=2)
def test_file(deliverables, truth, measure):
    """The total in the file is that of the numbers. CANARY-c1f0a7-hidden"""
    expected = truth.json("public", "answer.json")["total"]
    measure("total", expected, "1")
    answer = deliverables.json("public", "out/answer.json")
    assert isinstance(answer, dict), "answer.json is no object"
    assert answer.get("total") == expected, f"CANARY-c1f0a7-hidden: {expected} is the total"


@pytest.mark.check("cells-run", criterion="correctness", points=1)
def test_cells(notebook, truth):
    """Some cell prints the total of the numbers."""
    expected = str(truth.json("public", "answer.json")["total"])
    assert any(cell.text.strip() == expected for cell in notebook("public").cells), "no such cell"
