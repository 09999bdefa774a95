from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from export_rules import junit_faults
from report_samples import cohort, invalid, not_gradable, repo

from graders.evidence import CheckResult, Evidence, Outcome
from runner.export import Wish
from runner.export.junit import render


def suites(*found: Evidence) -> list[ET.Element]:
    return list(ET.fromstring(render(found, Wish())))


def test_a_cohort_keeps_the_rules() -> None:
    document = render(cohort(), Wish())
    assert junit_faults(document) == []
    root = ET.fromstring(document)
    assert len(root) == len(cohort())
    for key in ("tests", "failures", "errors"):
        assert int(root.attrib[key]) == sum(int(suite.attrib[key]) for suite in root)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b' failures="2"', b' failures="3"'),
        (b' errors="1"', b""),
        (b"<testcase name", b"<testcase nom"),
        (b"<system-out>", b"<system-out><b/>"),
        (b' time="0.040"', b' time="40 ms"'),
        (b"<skipped", b"<ignored/><skipped"),
    ],
    ids=lambda text: text.decode(),
)
def test_the_rules_find_what_is_wrong(before: bytes, after: bytes) -> None:
    document = render([repo()], Wish())
    assert before in document
    assert junit_faults(after.join(document.rsplit(before, 1))) != []


def test_each_outcome_has_its_element() -> None:
    (suite,) = suites(repo())
    elements = {Outcome.FAILED: "failure", Outcome.ERROR: "error", Outcome.NOT_RUN: "skipped"}
    for case, check in zip(suite.findall("testcase"), repo().checks, strict=True):
        said = {child.tag for child in case} - {"system-out"}
        assert said == ({elements[check.outcome]} if check.outcome in elements else set())
        assert (case.attrib["name"], case.attrib["classname"]) == (check.id, check.criterion)
        assert case.attrib["time"] == "0.040"
    assert suite.attrib["time"] == "0.360"


def test_a_failure_says_what_was_found_in_full_and_its_first_line_as_message() -> None:
    (suite,) = suites(repo())
    failure = suite.find("testcase[@name='orders-currency-of-the-day']/failure")
    assert failure is not None
    assert failure.text == repo().checks[1].detail
    assert failure.attrib["message"] == failure.text.split("\n")[0]


@pytest.mark.parametrize("evidence", [invalid(), not_gradable()], ids=lambda one: one.state.value)
def test_without_a_grade_the_submission_is_an_error_and_no_failure(evidence: Evidence) -> None:
    (suite,) = suites(evidence)
    (case,) = suite.findall("testcase")
    counts = [suite.attrib[key] for key in ("tests", "failures", "errors", "skipped")]
    assert counts == ["1", "0", "1", "0"]
    error = case.find("error")
    assert error is not None
    assert error.attrib["type"] == evidence.state.value
    assert (evidence.reason or evidence.problems[0]) in (error.text or "")
    assert not suite.findall("properties/property[@name='points.submission']")


def test_checks_without_a_verdict_count_for_nothing() -> None:
    stray = not_gradable().model_copy(update={"checks": repo().checks})
    (suite,) = suites(stray)
    assert [case.attrib["name"] for case in suite.findall("testcase")] == ["submission"]


def test_two_submissions_of_one_candidate_have_two_names() -> None:
    first = repo()
    facts = first.submission.model_copy(update={"id": "another"})
    names = [one.attrib["name"] for one in suites(first, first.model_copy(
        update={"submission": facts}
    ))]  # fmt: skip
    assert names == [f"orders-etl/LYNX-42 ({first.submission.id})", "orders-etl/LYNX-42 (another)"]
    assert [one.attrib["name"] for one in suites(first)] == ["orders-etl/LYNX-42"]


def test_what_xml_forbids_is_spelled_out() -> None:
    detail = "a\x00b\x1b[2J\ufffe & <![CDATA[ ]]> \ud800"
    check = CheckResult(**repo().checks[1].model_dump() | {"detail": detail})
    (suite,) = suites(repo().model_copy(update={"checks": (check,)}))
    failure = suite.find("testcase/failure")
    assert failure is not None
    shown = "a⟨U+0000⟩b⟨U+001B⟩[2J⟨U+FFFE⟩ & <![CDATA[ ]]> ⟨U+D800⟩"
    assert (failure.text, failure.attrib["message"]) == (shown, shown)


def test_points_are_properties_and_those_of_broken_checks_are_open() -> None:
    (suite,) = suites(repo())
    said = {one.attrib["name"]: one.attrib["value"] for one in suite.iter("property")}
    assert said["points.orders-latest-version-wins"] == "2 of 2 points"
    assert said["points.five-times-the-volume"] == "0 of 2 points"
    assert said["points.renamed-column-is-named"] == "2 points open"
    assert said["candidate"] == "LYNX-42"
