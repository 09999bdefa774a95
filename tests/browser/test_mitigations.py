"""Take each mitigation away: the proof must see it. A proof that never fails shows nothing."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from evidence_filler import fill
from hostile_text import NEEDED, PAYLOADS
from jinja2 import Environment
from markdown_it import MarkdownIt
from page_proof import page_faults

from runner.report import markdown, pages, render_submission

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

GRADED = ("glance", "criteria", "claims", "writeup", "notebook", "runs", "context")
TEXTS = {payload.name: payload.text for payload in PAYLOADS}


@pytest.fixture
def faults(browser: Browser, tmp_path: Path) -> Iterator[Callable[[str], list[str]]]:
    """The faults of the page on which every string is the payload of this name."""

    def find(name: str) -> list[str]:
        page = tmp_path / "page.html"
        page.write_text(render_submission(fill(TEXTS[name])), "utf-8", "surrogatepass")
        return page_faults(browser, page, sections=GRADED, needed=NEEDED)

    yield find
    for cached in (pages._environment, pages._style, markdown._parser):
        cached.cache_clear()


def without_escaping(monkeypatch: pytest.MonkeyPatch) -> None:
    def trusting(**options: Any) -> Environment:
        return Environment(**{**options, "autoescape": False})

    monkeypatch.setattr(pages, "Environment", trusting)
    pages._environment.cache_clear()


def without_policy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "content_security_policy", str)


def with_style(monkeypatch: pytest.MonkeyPatch, change: Callable[[str], str]) -> None:
    whole = pages._style()
    monkeypatch.setattr(pages, "_style", partial(type(whole), change(whole)))


def has(found: list[str], pattern: str) -> bool:
    return any(re.search(pattern, fault) for fault in found)


@pytest.mark.parametrize(
    "name", ["script", "style-breaker", "csi-colour", "bidi-override", "one-letter-of-jamo"]
)
def test_nothing_is_wrong_while_all_are_there(
    name: str, faults: Callable[[str], list[str]]
) -> None:
    assert faults(name) == []


def test_without_escaping_there_are_elements_and_the_policy_stops_them(
    faults: Callable[[str], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    without_escaping(monkeypatch)
    found = faults("script")
    assert has(found, "an element script")
    assert has(found, "Content Security Policy")
    assert not has(found, "a script ran|a dialog")


def test_without_escaping_and_policy_scripts_run(
    faults: Callable[[str], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    without_escaping(monkeypatch)
    without_policy(monkeypatch)
    found = faults("script")
    assert has(found, "a script ran")
    assert has(found, "a dialog: 1")
    assert has(faults("image-from-elsewhere"), "a request for https://beacon.invalid")


def test_without_the_policy_what_got_in_would_act(
    faults: Callable[[str], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    without_policy(monkeypatch)
    found = faults("script")
    assert has(found, "the policy lets a script run")
    assert has(found, "the policy lets a style act")
    assert has(found, "the policy lets a request out")
    assert not has(found, "an element")


@pytest.mark.parametrize("name", ["csi-colour", "bidi-override", "tags", "zero-width"])
def test_without_cleaning_hidden_characters_stay(
    name: str, faults: Callable[[str], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runner.text._spell", lambda found: found.group())
    assert has(faults(name), r"U\+[0-9A-F]+ is not shown")


def test_without_the_limit_of_marks_a_letter_covers_its_neighbours(
    faults: Callable[[str], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runner.text._spell_heap", lambda found: found.group())
    with_style(monkeypatch, lambda sheet: sheet.replace("overflow: clip", "overflow: visible"))
    assert has(faults("marks-in-heaps"), "wider than the window")


def test_with_html_in_markdown_there_are_elements(
    faults: Callable[[str], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(markdown, "_parser", lambda **_: MarkdownIt("commonmark"))
    assert faults("image-with-handler") == []  # nh3 alone takes them out
    monkeypatch.setattr("nh3.clean", lambda html, **_: html)
    assert has(faults("image-with-handler"), "an element img|an attribute onerror")


def test_without_ranks_taken_headings_get_in(
    faults: Callable[[str], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(markdown, "_disarm", lambda tokens, **_: None)
    monkeypatch.setattr(markdown, "_TAGS", markdown._TAGS | {"h1", "h2"})
    assert has(faults("heading"), "headings|a heading quoted")


def test_without_fixed_columns_a_letter_widens_the_page(
    faults: Callable[[str], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    with_style(monkeypatch, lambda sheet: sheet.replace("table-layout: fixed", ""))
    assert has(faults("one-letter-of-jamo"), "wider than the window")


def test_without_breaks_in_words_the_page_grows(
    faults: Callable[[str], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    with_style(monkeypatch, lambda sheet: re.sub(r"overflow(-wrap|): (anywhere|clip)", "", sheet))
    assert has(faults("long-link"), "wider than the window")
