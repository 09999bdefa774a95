from __future__ import annotations

import json
from typing import Any

import pytest
from evidence_filler import fill
from export_rules import GRADESCOPE, schema_faults
from report_samples import cohort, invalid, not_gradable, repo, service

from graders.evidence import Evidence, Outcome, State
from runner.export import Visibility, Wish
from runner.export.gradescope import render

CANARY = "canary-of-a-hidden-run"


def results(*found: Evidence, wish: Wish | None = None) -> list[dict[str, Any]]:
    files = render(found, wish or Wish())
    return [json.loads(text) for name, text in files.items() if name.endswith("/results.json")]


@pytest.mark.parametrize("visibility", Visibility)
@pytest.mark.parametrize("show_details", [False, True])
def test_a_cohort_keeps_the_rules(visibility: Visibility, show_details: bool) -> None:
    found = results(*cohort(), wish=Wish(visibility=visibility, show_details=show_details))
    assert len(found) == len(cohort()) - 2
    for document in found:
        assert schema_faults(document, GRADESCOPE) == []
        shown = {document["visibility"], *(test["visibility"] for test in document["tests"])}
        assert shown == {visibility.value}
        assert document["stdout_visibility"] == "hidden"
        formats = {
            document["output_format"],
            *(test["output_format"] for test in document["tests"]),
        }
        assert formats == {"text"}


@pytest.mark.parametrize(
    "wrong",
    [{"score": None}, {"visibility": "secret"}, {"output_format": "latex"}, {"points": 3}],
    ids=str,
)
def test_the_rules_find_what_is_wrong(wrong: dict[str, object]) -> None:
    (document,) = results(repo())
    assert schema_faults(document | wrong, GRADESCOPE) != []


def test_the_rules_ask_for_a_score_in_one_place() -> None:
    (document,) = results(repo())
    del document["score"]
    assert schema_faults(document, GRADESCOPE) != []


def test_score_is_points_and_what_was_not_judged_has_none() -> None:
    (document,) = results(repo())
    assert document["score"] == repo().points == 10
    for test, check in zip(document["tests"], repo().checks, strict=True):
        assert test["extra_data"]["outcome"] == check.outcome.value
        if check.outcome in (Outcome.PASSED, Outcome.FAILED):
            assert test["status"] == check.outcome.value
            assert (test["score"], test["max_score"]) == (check.points, check.max_points)
        else:
            assert not {"status", "score", "max_score"} & set(test)
    judged = sum(test.get("score", 0) for test in document["tests"])
    assert judged == document["score"]


def test_the_time_is_that_of_the_grading_and_not_of_waiting_for_it() -> None:
    one = service()
    assert one.provenance is not None
    phases = {"queue": 400.0, "image": 90.0, "prepare": 1.5, "run": 3.0, "grade": 2.0}
    waited = one.provenance.model_copy(update={"phases_s": phases})
    (document,) = results(one.model_copy(update={"provenance": waited}))
    assert document["execution_time"] == 6.5


def test_a_broken_check_is_said_beside_the_total() -> None:
    assert "1 check could not be judged" in results(repo())[0]["output"]
    assert "2 points open" in results(repo())[0]["output"]
    assert "could not be judged" not in results(service())[0]["output"]


@pytest.mark.parametrize("evidence", [invalid(), not_gradable()], ids=lambda one: one.state.value)
def test_without_a_grade_there_is_nothing_to_take_for_a_score(evidence: Evidence) -> None:
    (name,) = render([evidence], Wish())
    assert name.endswith("/not_graded.json")
    document = json.loads(render([evidence], Wish())[name])
    assert document["state"] == evidence.state.value
    assert document["to_fix"] == list(evidence.problems)
    assert not {"score", "tests"} & set(document)
    assert schema_faults(document, GRADESCOPE) != []


def told_everything(state: State) -> Evidence:
    """Evidence that says the canary wherever a candidate may read nothing."""
    one = fill(CANARY, state=state)
    plain = {"id": "x1", "candidate": "LYNX-1", "sha256": "ab", "received_at": "2026-03-02"}
    assert one.variant is not None
    assert one.provenance is not None
    return one.model_copy(
        update={
            "submission": one.submission.model_copy(update=plain),
            "task": one.task.model_copy(update={"id": "t", "version": "1", "digest": "d"}),
            "variant": one.variant.model_copy(update={"id": "v"}),
            "provenance": one.provenance.model_copy(
                update={"graded_at": "2026-03-02T14:09:12+00:00", "runner_version": "1"}
            ),
            "problems": ("the file is missing",),
            "checks": tuple(
                check.model_copy(update={"id": f"c{n}", "criterion": "k", "proves": "It works."})
                for n, check in enumerate(one.checks)
            ),
        }
    )


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("visibility", Visibility)
def test_no_text_of_a_hidden_run_without_being_asked(state: State, visibility: Visibility) -> None:
    evidence = told_everything(state)
    for asked in (False, True):
        wish = Wish(visibility=visibility, show_details=asked)
        (content,) = render([evidence], wish).values()
        assert (CANARY.encode() in content) is asked
