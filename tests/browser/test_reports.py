"""The reports as a browser shows them: from disk, on a phone, in the dark, on paper."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pytest
import report_samples as samples
from open_page import A4, LOW_CONTRAST, background, opened, paper_sizes

from runner.report import render_cohort, render_submission, report_name

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

NAMES = (
    "repo",
    "notebook",
    "service",
    "invalid",
    "not_gradable",
    "hostile",
    "cohort",
    "hostile_cohort",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reports")
    for name, make in samples.PAGES.items():
        folder.joinpath(f"{name}.html").write_text(render_submission(make()), "utf-8")
    evidences = samples.cohort()
    for evidence in evidences:
        folder.joinpath(report_name(evidence)).write_text(render_submission(evidence), "utf-8")
    links = {evidence.submission.id: report_name(evidence) for evidence in evidences}
    folder.joinpath("cohort.html").write_text(render_cohort(evidences, links=links), "utf-8")
    attackers = [samples.hostile(), samples.repo()]
    page = render_cohort(attackers, links={})
    folder.joinpath("hostile_cohort.html").write_text(page, "utf-8")
    return folder


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("name", NAMES)
def test_page_fits_its_width(
    name: str, width: int, browser: Browser, folder: Path, tmp_path: Path
) -> None:
    with opened(browser, folder / f"{name}.html", width=width) as page:
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.screenshot(path=tmp_path / f"{name}-{width}.png")
        assert page.locator("h1").is_visible()


@pytest.mark.parametrize("name", ["repo", "cohort"])
def test_dark_mode_is_dark(name: str, browser: Browser, folder: Path, tmp_path: Path) -> None:
    with opened(browser, folder / f"{name}.html") as page:
        light = background(page)
    with opened(browser, folder / f"{name}.html", scheme="dark") as page:
        assert background(page) != light
        page.screenshot(path=tmp_path / f"{name}-dark.png")


@pytest.mark.parametrize("name", ["repo", "notebook", "invalid", "cohort"])
def test_page_prints_on_a4(name: str, browser: Browser, folder: Path, tmp_path: Path) -> None:
    with opened(browser, folder / f"{name}.html") as page:
        content = page.pdf(path=tmp_path / f"{name}.pdf", prefer_css_page_size=True)
    assert paper_sizes(content) == {A4}


@pytest.mark.parametrize("media", ["screen", "print"])
def test_folds_are_open_on_paper(
    media: Literal["screen", "print"], browser: Browser, folder: Path
) -> None:
    with opened(browser, folder / "repo.html") as page:
        page.emulate_media(media=media)
        folds = page.locator("details:not([open])")
        assert folds.count() > 5
        shown = [fold.locator("> :last-child").is_visible() for fold in folds.all()]
        assert set(shown) == {media == "print"}


def test_folds_open_without_a_script(browser: Browser, folder: Path) -> None:
    with opened(browser, folder / "repo.html") as page:
        anchors = page.locator("details.anchors").first
        assert not anchors.locator("dl").is_visible()
        anchors.locator("summary").click()
        assert anchors.locator("dl").is_visible()


def test_style_is_applied_under_the_policy(browser: Browser, folder: Path) -> None:
    with opened(browser, folder / "hostile.html") as page:
        assert background(page) == "rgb(252, 251, 248)"
        assert page.evaluate("document.styleSheets.length") == 1
        assert page.evaluate("document.scripts.length") == 0


def test_matrix_scrolls_in_its_own_box(browser: Browser, folder: Path) -> None:
    with opened(browser, folder / "cohort.html", width=360) as page:
        box = page.locator(".scroll").nth(2)
        assert box.evaluate("box => box.scrollWidth > box.clientWidth")
        first = box.locator("tbody th").first
        before = first.bounding_box()
        box.evaluate("box => { box.scrollLeft = 200 }")
        assert first.bounding_box() == before


def test_cohort_leads_to_the_reports(browser: Browser, folder: Path) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(folder.joinpath("cohort.html").as_uri())
    page.get_by_role("link", name="RAVEN-88").click()
    assert page.locator("h1").inner_text() == "RAVEN-88"
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["repo", "notebook", "not_gradable", "cohort"])
def test_text_has_contrast(
    name: str, scheme: Literal["light", "dark"], browser: Browser, folder: Path
) -> None:
    with opened(browser, folder / f"{name}.html", scheme=scheme) as page:
        assert page.evaluate(LOW_CONTRAST) == []
