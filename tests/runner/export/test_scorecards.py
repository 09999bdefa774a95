"""Greenhouse and Ashby: evidence goes over, and nobody's judgement."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, get_args

import pytest
from export_rules import ASHBY_FORM, ASHBY_UPDATE, GREENHOUSE, schema_faults
from pydantic import ValidationError
from report_samples import cohort, invalid, not_gradable, repo

from runner.export import Wish, ashby, greenhouse

if TYPE_CHECKING:
    from graders.evidence import Evidence

WITHOUT = [invalid(), not_gradable()]


def scorecards(*found: Evidence) -> list[dict[str, Any]]:
    return [json.loads(text) for text in greenhouse.render(found, Wish()).values()]


def updates(*found: Evidence) -> list[dict[str, Any]]:
    return [json.loads(text) for text in ashby.render(found, Wish()).values()]


def test_scorecards_keep_the_rules_and_fill_in_nothing() -> None:
    found = scorecards(*cohort())
    assert len(found) == len(cohort())
    for card in found:
        assert schema_faults(card, GREENHOUSE) == []
        assert card["overall_recommendation"] == "no_decision"
        assert {one["rating"] for one in card["attributes"]} <= {"no_decision"}
        assert set(map(len, card["ratings"].values())) == {0}
        assert {one["answer"] for one in card["questions"]} == {None}
        people = ("candidate_id", "application_id", "interviewer", "submitted_by", "submitted_at")
        assert {card[name] for name in people} == {None}


@pytest.mark.parametrize(
    "wrong",
    [
        {"overall_recommendation": "maybe"},
        {"ratings": {}},
        {"interviewed_at": "yesterday"},
        {"attributes": [{"name": "x"}]},
    ],
    ids=str,
)
def test_the_rules_of_scorecards_find_what_is_wrong(wrong: dict[str, object]) -> None:
    assert schema_faults(scorecards(repo())[0] | wrong, GREENHOUSE) != []


def test_no_rating_fits_the_types() -> None:
    with pytest.raises(ValidationError):
        greenhouse.Attribute.model_validate({"name": "x", "note": "", "rating": "yes"})
    with pytest.raises(ValidationError):
        greenhouse.Ratings.model_validate({"yes": ["x"]})
    with pytest.raises(ValidationError):
        ashby.EmptyScore.model_validate({"score": 4})
    assert get_args(ashby.Datum.model_fields["type"].annotation) == ("string",)
    assert "assessment_result" not in ashby.Update.model_fields


def test_a_criterion_is_an_attribute_with_its_evidence() -> None:
    (card,) = scorecards(repo())
    notes = {one["name"]: one["note"] for one in card["attributes"]}
    assert list(notes) == [criterion.title for criterion in repo().criteria]
    correctness = notes["Data correctness"]
    assert correctness.startswith("Checks: partly met, 5 of 7 points.\nNon-negotiable, and")
    assert "orders-currency-of-the-day: failed, 0 of 2 points." in correctness
    assert "Found: revenue of 2026-02-11 is 18 402.10 EUR" in correctness
    assert "measured revenue_error: 24.46 EUR (reference 0 EUR)" in correctness
    assert "check is broken, 2 points open." in notes["Copes with a changed feed"]
    assert "Non-negotiable.\n" in notes["No row is lost silently"]
    reasoning = notes["Reasoning and trade-offs"]
    assert reasoning.startswith("No check feeds this criterion: it rests on what people read.")
    assert "write-up P3, What you left out: no answer" in reasoning


def test_flags_are_questions_that_people_answer() -> None:
    (card,) = scorecards(repo())
    asked = [one["question"] for one in card["questions"]]
    assert asked[:2] == ["Key Take-Aways", "Private Notes"]
    assert asked[2:] == [f"{flag.id}: {flag.text}" for flag in repo().flags]


def test_html_is_shown_where_greenhouse_renders_it() -> None:
    check = repo().checks[1].model_copy(update={"detail": "<script>1 < 2 && 3</script>"})
    (card,) = scorecards(repo().model_copy(update={"checks": (check,)}))
    shown = "&lt;script&gt;1 &lt; 2 &amp;&amp; 3&lt;/script&gt;"
    assert shown in card["attributes"][0]["note"]
    assert "<" not in json.dumps(card)


def test_updates_keep_the_rules_and_fill_in_nothing() -> None:
    found = updates(*cohort())
    assert len(found) == len(cohort())
    for file in found:
        update, form = file["assessment_update"], file["feedback_form"]
        assert schema_faults(update, ASHBY_UPDATE) == []
        assert schema_faults(form, ASHBY_FORM) == []
        data = [update["assessment_status"], *update["metadata"]]
        identifiers = [one["identifier"] for one in data]
        assert len(set(identifiers)) == len(identifiers)
        assert {one["type"] for one in data} == {"string"}
        assert {one["value"]["score"] for one in form["fieldSubmissions"]} <= {None}
    assert len({file["assessment_update"]["assessment_id"] for file in found}) == len(found)


@pytest.mark.parametrize(
    "wrong",
    [
        {"assessment_id": "LYNX-42"},
        {"timestamp": "2026-03-02"},
        {"assessment_status": {"identifier": "s", "label": "S", "type": "text", "value": "x"}},
        {"overall_recommendation": "yes"},
    ],
    ids=str,
)
def test_the_rules_of_updates_find_what_is_wrong(wrong: dict[str, object]) -> None:
    update = updates(repo())[0]["assessment_update"]
    assert schema_faults(update | wrong, ASHBY_UPDATE) != []


def test_a_result_needs_an_address_and_an_update_a_status() -> None:
    update = updates(repo())[0]["assessment_update"]
    datum = update["assessment_status"]
    assert schema_faults(update | {"assessment_result": datum}, ASHBY_UPDATE) != []
    del update["assessment_status"]
    assert schema_faults(update, ASHBY_UPDATE) != []


def test_the_form_has_a_field_for_each_criterion() -> None:
    (file,) = updates(repo())
    paths = [one["path"] for one in file["feedback_form"]["fieldSubmissions"]]
    assert paths == [criterion.id for criterion in repo().criteria]
    shown = {one["label"]: one["value"] for one in file["assessment_update"]["metadata"]}
    assert shown["Data correctness"].startswith("Checks: partly met, 5 of 7 points.")
    assert shown["Candidate"] == "LYNX-42"


@pytest.mark.parametrize("evidence", WITHOUT, ids=lambda one: one.state.value)
def test_without_a_grade_it_is_said_why_and_nothing_else(evidence: Evidence) -> None:
    why = evidence.reason or evidence.problems[0]
    (card,) = scorecards(evidence)
    assert card["attributes"] == []
    assert why in card["questions"][2]["question"]
    (file,) = updates(evidence)
    assert file["feedback_form"] == {"fieldSubmissions": []}
    said = {one["identifier"]: one["value"] for one in file["assessment_update"]["metadata"]}
    assert why in said["reason"]
    assert not any(name.startswith("criterion.") for name in said)
