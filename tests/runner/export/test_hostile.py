"""Every string of the evidence hostile, in every format; and what all formats have in common."""

from __future__ import annotations

import hashlib
import io
import json
import re
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest
from evidence_filler import fill
from export_rules import (
    ASHBY_FORM,
    ASHBY_UPDATE,
    CTRF,
    GRADESCOPE,
    GREENHOUSE,
    junit_faults,
    schema_faults,
)
from hostile_text import NEEDED, SHORT, Payload
from report_samples import cohort
from text_proof import csv_faults, hidden_faults, json_faults, without

from graders.evidence import Evidence, State
from runner.export import FORMATS, Visibility, Wish
from runner.pages import write_reports

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

each_short = pytest.mark.parametrize("payload", SHORT, ids=lambda payload: payload.name)
FOLDERS = ("ctrf", "gradescope", "greenhouse", "ashby")
LOUDEST = Wish(visibility=Visibility.VISIBLE, show_details=True)
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,90}(\.json|/(results|not_graded)\.json)")


def all_states(text: str) -> list[Evidence]:
    """One submission for each state, under an id of its own as in the records."""
    one = fill(text)
    found = []
    for number, state in enumerate(State):
        facts = one.submission.model_copy(update={"id": f"{number} {one.submission.id}"})
        found.append(one.model_copy(update={"submission": facts, "state": state}))
    return found


def render(style: str, found: list[Evidence]) -> Any:
    return FORMATS[style].render(found, LOUDEST)


def strings(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case list():
            for item in value:
                yield from strings(item)
        case dict():
            for key, item in value.items():
                yield key
                yield from strings(item)
        case _:
            pass


@each_short
def test_junit_holds_only_what_is_seen_and_what_xml_allows(payload: Payload) -> None:
    document = render("junit", all_states(payload.text))
    assert junit_faults(document) == []
    assert hidden_faults(without(document.decode(), NEEDED)) == []
    root = ET.fromstring(document)
    assert {suite.attrib["errors"] for suite in root} >= {"1"}


@each_short
def test_csv_holds_no_formula(payload: Payload) -> None:
    found = all_states(payload.text)
    rows = len(found[0].checks) + 2
    assert csv_faults(render("csv", found).decode(), rows=rows) == []


@each_short
def test_json_is_ascii_and_strict_and_hides_nothing(payload: Payload) -> None:
    found = all_states(payload.text)
    for style in FOLDERS:
        files = render(style, found)
        assert len(files) == 3
        for name, content in files.items():
            assert NAME.fullmatch(name)
            assert json_faults(content.decode("ascii")) == []
            document = json.loads(content)
            assert rule_faults(style, document) == []
            shown = "\n".join(strings(document))
            assert hidden_faults(without(shown, NEEDED)) == []


def rule_faults(style: str, document: dict[str, Any]) -> list[str]:
    if style == "ctrf":
        return schema_faults(document, CTRF)
    if style == "greenhouse":
        shown = {key: value for key, value in document.items() if key != "worksample"}
        html = [text for text in strings(shown) if "<" in text]
        return schema_faults(document, GREENHOUSE) + html
    if style == "ashby":
        update, form = document["assessment_update"], document["feedback_form"]
        return schema_faults(update, ASHBY_UPDATE) + schema_faults(form, ASHBY_FORM)
    return schema_faults(document, GRADESCOPE) if "tests" in document else []


@each_short
def test_parquet_hides_nothing(payload: Payload) -> None:
    pytest.importorskip("pyarrow")
    reader: Any = pytest.importorskip("pyarrow.parquet")
    rows = reader.read_table(io.BytesIO(render("parquet", all_states(payload.text)))).to_pylist()
    assert hidden_faults(without("\n".join(strings(rows)), NEEDED)) == []


@pytest.mark.parametrize("text", ["A" * 30_000, "x\n" * 15_000], ids=["no-space", "many-lines"])
def test_long_texts_are_cut(text: str) -> None:
    evidence = fill(text)
    texts = 5 * len(evidence.checks) + 60
    for style in (*FOLDERS, "junit", "csv"):
        content = render(style, [evidence])
        whole = content if isinstance(content, bytes) else b"".join(content.values())
        assert b"more characters)" in whole
        assert len(whole) < 6_000 * texts


@pytest.mark.parametrize("style", FORMATS)
def test_the_same_gradings_are_the_same_bytes(style: str) -> None:
    if style == "parquet":
        pytest.importorskip("pyarrow")
    assert render(style, cohort()) == render(style, cohort())


@pytest.mark.parametrize("style", FOLDERS)
def test_each_submission_has_a_file(style: str) -> None:
    assert len(render(style, cohort())) == len(cohort())


def test_the_digest_is_that_of_the_evidence_beside_the_report(tmp_path: Path) -> None:
    one = cohort()[0]
    write_reports([one], tmp_path)
    (evidence,) = tmp_path.glob("*.evidence.json")
    digest = hashlib.sha256(evidence.read_bytes()).hexdigest()
    for style in ("junit", "csv"):
        assert digest in render(style, [one]).decode()
    for style in FOLDERS:
        (content,) = render(style, [one]).values()
        assert digest in content.decode()


@pytest.mark.parametrize(
    ("style", "faults"),
    [
        ("junit", lambda content: hidden_faults(content.decode())),
        ("csv", lambda content: hidden_faults(content.decode())),
        ("ctrf", lambda content: hidden_faults("".join(strings(json.loads(content))))),
    ],
)
def test_without_cleaning_it_would_be_hidden(
    style: str, faults: Callable[[bytes], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runner.text._spell", lambda found: found.group())
    content = render(style, [fill("a\u202eb")])
    if not isinstance(content, bytes):
        (content,) = content.values()
    assert "U+202E is not shown" in faults(content)
