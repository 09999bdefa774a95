"""Every string of the evidence filled with hostile text, as a browser shows the pages."""

from __future__ import annotations

import base64
import zlib
from typing import TYPE_CHECKING

import pytest
import report_parts as parts
import report_samples as samples
from evidence_filler import fill, texts_of
from honest_text import TWINS, Twin
from hostile_text import FAMILIES, HOSTILE, NEEDED, PAYLOADS, SHORT, Payload
from page_proof import page_faults
from text_proof import spelled

from graders.evidence import State
from runner.pages import write_reports
from runner.report import render_cohort, render_submission

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

GRADED = ("glance", "criteria", "claims", "writeup", "notebook", "runs", "context")
NOT_GRADED = {
    State.INVALID_SUBMISSION: ("fix", "questions", "writeup", "notebook", "runs", "context"),
    State.NOT_GRADABLE: ("fault", "questions", "writeup", "notebook", "runs", "context"),
}


@pytest.fixture
def page(tmp_path: Path) -> Path:
    return tmp_path / "page.html"


def test_filler_leaves_no_string_out() -> None:
    texts = texts_of(fill("hostile"))
    assert len(texts) > 200
    assert {text.split()[0] for text in texts} == {"hostile"}


@pytest.mark.parametrize("payload", PAYLOADS, ids=lambda payload: payload.name)
def test_hostile_text_is_only_text(payload: Payload, browser: Browser, page: Path) -> None:
    page.write_text(render_submission(fill(payload.text)), "utf-8")
    shows = [spelled(payload.text)] if payload.shown_as_spelled else []
    assert page_faults(browser, page, sections=GRADED, shows=shows, needed=NEEDED) == []


@pytest.mark.parametrize("state", NOT_GRADED)
@pytest.mark.parametrize("family", FAMILIES)
def test_hostile_text_in_what_was_not_graded(
    family: str, state: State, browser: Browser, page: Path
) -> None:
    text = "\n\n".join(payload.text for payload in SHORT if payload.family == family)
    page.write_text(render_submission(fill(text, state=state)), "utf-8")
    assert page_faults(browser, page, sections=NOT_GRADED[state], needed=NEEDED) == []


@pytest.mark.parametrize("family", FAMILIES)
def test_cohort_of_hostile_candidates(family: str, browser: Browser, page: Path) -> None:
    filled = [fill(payload.text) for payload in PAYLOADS if payload.family == family]
    found = [one.model_copy(update={"state": state}) for one in filled for state in State]
    page.write_text(render_cohort(found, links={}), "utf-8")
    sections = [f"task-{number}" for number in range(1, len(filled) + 1)]
    assert page_faults(browser, page, sections=sections, needed=NEEDED) == []


def test_hostile_candidates_beside_honest_ones(browser: Browser, tmp_path: Path) -> None:
    hostile = fill(HOSTILE)
    neighbours = samples.cohort()
    same_task = hostile.model_copy(update={"task": neighbours[0].task})
    index = write_reports([hostile, same_task, *neighbours], tmp_path)
    sections = [f"task-{number}" for number in range(1, 5)]
    shows = ("LYNX-42", "orders-latest-version-wins", "rows_quarantined")
    assert page_faults(browser, index, sections=sections, shows=shows, needed=NEEDED) == []


@pytest.mark.parametrize("name", TWINS)
def test_honest_text_is_read_as_it_was_meant(name: str, browser: Browser, page: Path) -> None:
    twin: Twin = TWINS[name]
    evidence = samples.repo()
    answers = [one.model_copy(update={"answer": twin.text}) for one in evidence.writeup.answers]
    writeup = evidence.writeup.model_copy(update={"answers": tuple(answers)})
    html = render_submission(evidence.model_copy(update={"writeup": writeup}))
    page.write_text(html, "utf-8")
    sections = [name for name in GRADED if name != "notebook"]
    faults = page_faults(browser, page, sections=sections, shows=twin.shows, needed=twin.needed)
    assert faults == []
    assert "⟨U+" not in html


def _with_png(**changes: bytes) -> bytes:
    """A small picture with one more chunk before its data."""
    whole = parts.png(64, 40)
    place = whole.index(b"IDAT") - 4
    extra = b"".join(parts.chunk(kind.encode(), body) for kind, body in changes.items())
    return whole[:place] + extra + whole[place:]


PICTURES = {
    "text": "not a picture",
    "attribute-breaker": '" onerror="window.pwned=1',
    "data-address": "data:text/html;base64,PHNjcmlwdD4=",
    "gif": parts.encode(b"GIF89a" + bytes(40)),
    "svg": parts.encode(b"<svg xmlns='http://www.w3.org/2000/svg' onload='window.pwned=1'/>"),
    "html-behind-it": parts.encode(parts.png(64, 40) + b"<script>window.pwned=1</script>"),
    "html-before-it": parts.encode(b"<script>window.pwned=1</script>" + parts.png(64, 40)),
    "huge-sides": parts.encode(parts.png(64, 40, claimed=(2**31 - 1, 2**31 - 1))),
    "large-sides-little-data": parts.encode(parts.png(64, 40, claimed=(4000, 4000))),
    "one-tall-column": parts.encode(parts.png(64, 40, claimed=(1, 4000))),
    "cut-off": parts.encode(parts.png(64, 40)[:60]),
    "animated": parts.encode(_with_png(acTL=b"\0\0\0\2\0\0\0\0")),
    "profile-bomb": parts.encode(_with_png(iCCP=b"x\0\0" + zlib.compress(bytes(10**7)))),
    "text-bomb": parts.encode(_with_png(zTXt=b"x\0\0" + zlib.compress(bytes(10**7)))),
    "newlines": base64.encodebytes(parts.png(64, 40)).decode(),
    "too-long": "A" * 4_000_000,
}


@pytest.mark.parametrize("name", PICTURES)
def test_what_is_no_picture_is_not_shown(name: str, browser: Browser, page: Path) -> None:
    evidence = samples.notebook()
    cell = evidence.runs[0].cells[2].model_copy(update={"png": (PICTURES[name],)})
    run = evidence.runs[0].model_copy(update={"cells": (cell,)})
    page.write_text(render_submission(evidence.model_copy(update={"runs": (run,)})), "utf-8")
    sections = [name for name in GRADED if name != "claims"]
    assert page_faults(browser, page, sections=sections) == []


def test_a_picture_is_shown(browser: Browser, page: Path) -> None:
    page.write_text(render_submission(samples.notebook()), "utf-8")
    context = browser.new_context()
    opened = context.new_page()
    opened.goto(page.as_uri())
    assert opened.evaluate("document.querySelector('img').naturalWidth") == 480
    context.close()
