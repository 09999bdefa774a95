"""The page of a task for sign-off in a browser: wide, on a phone, in the dark, on paper."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import preview_samples as samples
import pytest
from hostile_text import FAMILIES, NEEDED, SHORT
from open_page import A4, LOW_CONTRAST, background, opened, paper_sizes
from page_proof import page_faults

from tasks.model import TaskKind

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser

    from tasks.model import Task

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def task(tmp_path_factory: pytest.TempPathFactory) -> Task:
    return samples.new_task(TaskKind.SERVICE, tmp_path_factory.mktemp("catalog"))


@pytest.fixture
def page(task: Task, tmp_path: Path) -> Path:
    path = tmp_path / "preview.html"
    path.write_text(samples.render(task), "utf-8")
    return path


def test_page_is_sound_at_every_width(browser: Browser, page: Path) -> None:
    shows = ("corrections-replace", "824 rows", "Signature")
    faults = page_faults(
        browser, page, sections=samples.SECTIONS, shows=shows, footer=samples.FOOTER
    )
    assert faults == []


def test_page_is_read_in_the_dark_and_on_paper(browser: Browser, page: Path) -> None:
    schemes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
    papers = set()
    for scheme in schemes:
        with opened(browser, page, scheme=scheme) as shown:
            papers.add(background(shown))
            assert shown.evaluate(LOW_CONTRAST) == []
            content = shown.pdf(prefer_css_page_size=True)
            assert paper_sizes(content) == {A4}
    assert len(papers) == 2


def test_lines_to_sign_on_stand_side_by_side_on_paper(browser: Browser, page: Path) -> None:
    with opened(browser, page, width=673) as shown:
        shown.emulate_media(media="print")
        boxes = [one.bounding_box() for one in shown.locator(".lines").first.locator("dd").all()]
        tops = {box["y"] for box in boxes if box is not None}
        assert (len(boxes), len(tops)) == (3, 1)
        assert not shown.locator("nav").is_visible()


def test_a_wide_table_of_the_brief_scrolls_in_itself(
    browser: Browser, task: Task, page: Path
) -> None:
    columns = "|".join(f" `column_{number}` " for number in range(40))
    brief = f"|{columns}|\n|{'---|' * 40}\n"
    page.write_text(samples.render(task, brief), "utf-8")
    with opened(browser, page, width=390) as shown:
        assert shown.evaluate("document.documentElement.scrollWidth") <= 390
        assert shown.locator(".sheet table").evaluate("box => box.scrollWidth > box.clientWidth")


@pytest.mark.parametrize("family", FAMILIES)
def test_hostile_text_of_an_author_is_only_text(
    family: str, browser: Browser, task: Task, page: Path
) -> None:
    texts = [payload for payload in SHORT if payload.family == family]
    page.write_text(
        samples.render_filled(task, "\n\n".join(payload.text for payload in texts)), "utf-8"
    )
    faults = page_faults(
        browser, page, sections=samples.SECTIONS, needed=NEEDED, footer=samples.FOOTER
    )
    assert faults == []
