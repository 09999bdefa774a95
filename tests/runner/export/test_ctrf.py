from __future__ import annotations

import json
from typing import Any

import pytest
from export_rules import CTRF, schema_faults
from report_samples import cohort, invalid, not_gradable, repo

from graders.evidence import Evidence, State
from runner.export import Wish
from runner.export.ctrf import render


def documents(*found: Evidence) -> list[dict[str, Any]]:
    return [json.loads(content) for content in render(found, Wish()).values()]


def test_a_cohort_keeps_the_rules_in_a_document_each() -> None:
    found = documents(*cohort())
    assert len(found) == len(cohort())
    for document in found:
        assert schema_faults(document, CTRF) == []
        results = document["results"]
        statuses = [test["status"] for test in results["tests"]]
        assert results["summary"]["tests"] == len(statuses)
        for status in ("passed", "failed", "skipped", "pending", "other"):
            assert results["summary"][status] == statuses.count(status)


@pytest.mark.parametrize(
    ("key", "value"), [("status", "broken"), ("name", ""), ("duration", 0.04), ("points", 2)]
)
def test_the_rules_find_what_is_wrong(key: str, value: object) -> None:
    (document,) = documents(repo())
    document["results"]["tests"][0][key] = value
    assert schema_faults(document, CTRF) != []


def test_outcomes_and_times_are_in_its_words() -> None:
    (document,) = documents(repo())
    tests = {test["name"]: test for test in document["results"]["tests"]}
    assert {name: test["status"] for name, test in tests.items()} == {
        "orders-latest-version-wins": "passed",
        "orders-currency-of-the-day": "failed",
        "orders-duplicates-count-once": "passed",
        "rows-in-equals-rows-out": "passed",
        "quarantine-has-reasons": "passed",
        "rerun-is-identical": "passed",
        "five-times-the-volume": "skipped",
        "late-file-is-picked-up": "failed",
        "renamed-column-is-named": "other",
    }
    assert tests["renamed-column-is-named"]["rawStatus"] == "error"
    assert "points" not in tests["renamed-column-is-named"]["extra"]["worksample.check"]
    assert tests["five-times-the-volume"]["extra"]["worksample.check"]["points"] == 0
    assert {test["duration"] for test in tests.values()} == {40}
    summary = document["results"]["summary"]
    assert summary["stop"] == 1772460552000  # 2026-03-02T14:09:12Z
    assert summary["stop"] - summary["start"] == 76880


def test_a_check_carries_what_it_measured() -> None:
    (document,) = documents(repo())
    (measured,) = document["results"]["tests"][1]["extra"]["worksample.check"]["measurements"]
    assert measured == {"name": "revenue_error", "value": 24.46, "unit": "EUR", "reference": 0.0}


@pytest.mark.parametrize("evidence", [invalid(), not_gradable()], ids=lambda one: one.state.value)
def test_without_a_grade_nothing_has_passed_or_failed(evidence: Evidence) -> None:
    (document,) = documents(evidence)
    (test,) = document["results"]["tests"]
    assert (test["status"], test["rawStatus"]) == ("other", evidence.state.value)
    assert document["results"]["summary"]["other"] == 1
    is_healthy = evidence.state is not State.NOT_GRADABLE
    assert document["results"]["environment"]["healthy"] is is_healthy


def test_an_unknown_time_is_the_beginning_of_time() -> None:
    facts = invalid().submission.model_copy(update={"received_at": "yesterday"})
    (document,) = documents(invalid().model_copy(update={"submission": facts}))
    assert document["results"]["summary"]["stop"] == 0
    assert schema_faults(document, CTRF) == []
