"""Hidden tests. CANARY-c1f0a7-hidden"""

import pytest

CASES = [[], [7], [1, 2, 3], [5, -5, 11], list(range(40))]


@pytest.mark.check("file-total", criterion="correctness", points=2)
def test_file(deliverables, truth, measure):
    """The total in the file is that of the numbers. CANARY-c1f0a7-hidden"""
    expected = truth.json("public", "answer.json")["total"]
    measure("total", expected, "1")
    answer = deliverables.json("public", "out/answer.json")
    assert isinstance(answer, dict), "answer.json is no object"
    assert answer.get("total") == expected, f"CANARY-c1f0a7-hidden: {expected} is the total"


@pytest.mark.check("answers", criterion="correctness", points=2)
def test_answers(service):
    """The service adds any list."""
    service.wait_ready()
    for case in CASES:
        response = service.post("/total", json=case, timeout_s=2.0)
        assert response.status == 200, f"status {response.status} {response.error}"
        answer = response.json()
        assert isinstance(answer, dict), "the answer is no object"
        assert answer.get("total") == sum(case), f"the total of {case} is {answer.get('total')}"
        assert type(answer["total"]) is int, "the total is no int"


@pytest.mark.check("refuses", criterion="correctness", points=1)
def test_refuses(service):
    """What is no list of numbers gets a status of 4xx, and the service lives on."""
    service.wait_ready()
    response = service.post("/total", body=b"{]", timeout_s=2.0)
    assert 400 <= response.status < 500, f"status {response.status} {response.error}"
    assert service.get("/healthz", timeout_s=2.0).status == 200, "it does not live on"
