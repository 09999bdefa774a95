"""Hidden tests. CANARY-c1f0a7-hidden"""

import pytest


@pytest.mark.check("total", criterion="correctness", points=2)
def test_total(deliverables, truth, measure):
    """The total is that of the numbers. CANARY-c1f0a7-hidden"""
    expected = truth.json("public", "answer.json")["total"]
    measure("total", expected, "1")
    answer = deliverables.json("public", "out/answer.json")
    assert isinstance(answer, dict), "answer.json is no object"
    assert answer.get("total") == expected, f"CANARY-c1f0a7-hidden: {expected} is the total"


@pytest.mark.check("few-requests", criterion="correctness", points=1)
def test_few_requests(upstream):
    """The API was asked at most three times, in whole requests."""
    seen = upstream("public")
    refused = [one["refused"] for one in seen.log if one["refused"]]
    assert not seen.turned_away, f"{seen.turned_away} connections too many"
    assert not refused, f"{len(refused)} requests were none, e.g. {refused[0]}"
    assert 1 <= len(seen.log) + seen.unlogged <= 3, f"{len(seen.log)} requests"


@pytest.mark.check("served", criterion="correctness", points=1)
def test_served(upstream):
    """The last request of the run was for the numbers, and was answered."""
    log = upstream("public").log
    assert log, "nothing was asked for"
    assert log[-1]["target"] == "/numbers", f"the last request was {log[-1]['target'][:40]!r}"
    assert log[-1]["status"] == 200 and log[-1]["whole"], f"it was answered {log[-1]['status']}"
