from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import report_parts as parts
import report_samples as samples

import runner.report
from graders.evidence import Catch, Outcome
from runner.report import render_cohort, render_submission, report_name
from runner.report.pages import finalize
from runner.text import has_hidden_text

if TYPE_CHECKING:
    from graders.evidence import Evidence

PAGES = ("repo", "notebook", "service", "invalid", "not_gradable", "hostile")
VOID = {"meta", "link", "img", "br", "hr", "input"}


class Page(HTMLParser):
    """What a page is made of, as a browser would read it."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.styles: list[str] = []
        self.open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.text.append(" " if tag in {"td", "th", "div", "p", "li"} else "")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        (self.styles if self.open[-1:] == ["style"] else self.text).append(data)

    @property
    def words(self) -> str:
        return re.sub(r"\s+", " ", "".join(self.text))

    def all(self, *names: str) -> list[dict[str, str | None]]:
        return [attrs for tag, attrs in self.tags if tag in names]


@pytest.fixture(scope="module", params=[*PAGES, "cohort", "hostile_cohort", "nobody"])
def html(request: pytest.FixtureRequest) -> str:
    match request.param:
        case "cohort":
            return cohort_page(samples.cohort())
        case "hostile_cohort":
            return cohort_page([samples.hostile(), samples.repo()])
        case "nobody":
            return cohort_page([])
        case name:
            return render_submission(samples.PAGES[name]())


def cohort_page(evidences: list[Evidence]) -> str:
    links = {evidence.submission.id: report_name(evidence) for evidence in evidences}
    return render_cohort(evidences, links=links)


def test_page_is_well_formed(html: str) -> None:
    page = Page(html)
    assert page.open == []
    assert page.tags[0] == ("html", {"lang": "en"})
    ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    assert len(ids) == len(set(ids))


def test_policy_comes_first_and_knows_the_style(html: str) -> None:
    page = Page(html)
    names = [tag for tag, _ in page.tags]
    policy = page.tags[names.index("head") + 1][1]
    assert policy["http-equiv"] == "Content-Security-Policy"
    assert len(page.all("style")) == 1
    digest = base64.b64encode(hashlib.sha256("".join(page.styles).encode()).digest()).decode()
    assert policy["content"] == (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def test_page_holds_nothing_that_acts_or_loads(html: str) -> None:
    page = Page(html)
    forbidden = {"script", "iframe", "object", "embed", "form", "input", "link", "base", "a:href"}
    assert not forbidden & {tag for tag, _ in page.tags}
    for tag, attrs in page.tags:
        names = set(attrs)
        assert not any(name.startswith("on") for name in names)
        assert not names & {"style", "srcset", "action", "background", "poster", "xlink:href"}
        if "src" in attrs:
            assert tag == "img"
            assert re.fullmatch(r"data:image/png;base64,[A-Za-z0-9+/=]+", attrs["src"] or "")
        if "href" in attrs:
            address = attrs["href"] or ""
            is_own = re.fullmatch(r"#[a-z-]+[0-9]*|[a-z0-9-]+\.html", address)
            assert is_own or re.match(r"(https?://|mailto:)", address)
            assert is_own or attrs["rel"] == "noopener noreferrer nofollow"
    assert "@import" not in "".join(page.styles)
    assert "url(" not in "".join(page.styles)


def test_every_hidden_character_is_shown(html: str) -> None:
    assert not has_hidden_text(html)
    html.encode("utf-8")


def test_headings_are_in_order(html: str) -> None:
    levels = [int(tag[1]) for tag, _ in Page(html).tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_tables_and_pictures_have_names(html: str) -> None:
    page = Page(html)
    assert all("scope" in attrs for attrs in page.all("th"))
    ours = [attrs for attrs in page.all("table") if "class" in attrs]  # not the candidate's
    assert len(ours) == len(page.all("caption"))
    assert all(attrs.get("alt") for attrs in page.all("img"))
    for attrs in page.all("svg"):
        assert attrs.get("aria-hidden") == "true" or attrs.get("aria-label")


def test_pages_state_facts_and_no_verdict(html: str) -> None:
    words = Page(html).words.lower()
    assert "the machine states facts. people judge." in words
    assert not re.search(r"\bhire\b|\breject|\brank(ed|ing)?\b|\btotal score\b|\bpercentile", words)


@pytest.mark.parametrize("name", PAGES)
def test_rendering_is_deterministic(name: str) -> None:
    make = samples.PAGES[name]
    assert render_submission(make()) == render_submission(make())


def test_hostile_strings_stay_text() -> None:
    words = Page(render_submission(samples.hostile())).words
    assert "<script>window.pwned=1;alert(1)</script>" in words
    assert "{{ 7*7 }}" in words
    assert "⟨U+202E⟩" in words
    assert "⟨U+001B⟩[31;5mred" in words


def test_submission_page_in_plain_words() -> None:
    words = Page(render_submission(samples.repo())).words
    for expected in (
        "LYNX-42 Daily revenue from a messy order feed Graded",
        "Data correctness Non-negotiable 5 of 7 points partly met",
        "0 of 2 points, 2 open unknown",
        "no checks for people to rate",
        "Why does a claim differ from what was measured?",
        "cut off at the memory limit of 1 GiB",
        "stopped with an error (exit code 1)",
        "What was seen revenue of 2026-02-11 is 18 402.10 EUR",
        "Why it was not run the run `volume` did not finish",
        "the author's fault, not the candidate's KeyError",
        "+67.2 (+76.2 %)",
        "113 rows Measured 131 rows Tolerance ± 0 contradicted",
        "Without an answer: P3.",
        "212 words, at most 120 were asked for: over the limit.",
        "I used an assistant for the argument parser",
        "86.8 MiB of 1 GiB",
        "Anchors 1 to 4, for people to rate",
    ):
        assert expected in words


MISTAKES = ("Groups revenue by UTC day.", "Drops <b>rows</b>.", "Third.", "Fourth.", "Fifth.")


def with_catches(count: int) -> Evidence:
    """Return evidence whose every check has known mistakes that it catches."""
    caught = tuple(Catch(note=note, seeds=20 - n, of=20) for n, note in enumerate(MISTAKES[:count]))
    evidence = samples.repo()
    checks = tuple(one.model_copy(update={"catches": caught}) for one in evidence.checks)
    return evidence.model_copy(update={"checks": checks})


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (0, None),
        (1, "Written to catch: Groups revenue by UTC day. (shown on 20 of 20 seeds)"),
        (2, "20 seeds) Drops <b>rows</b>. (shown on 19 of 20 seeds)"),
        (3, "Third. (shown on 18 of 20 seeds)"),
        (5, "Third. (shown on 18 of 20 seeds) and 2 more"),
    ],
)
def test_a_failed_check_says_what_it_was_written_to_catch(count: int, expected: str | None) -> None:
    evidence = with_catches(count)
    words = Page(render_submission(evidence)).words
    failed = sum(check.outcome is Outcome.FAILED for check in evidence.checks)
    assert 0 < failed < len(evidence.checks)
    assert words.count("Written to catch:") == (failed if count else 0)
    assert expected is None or words.count(expected) == failed
    assert ("more" in words.split("Third.")[-1][:60]) is (count > 3)


def test_sections_stand_in_the_readers_order() -> None:
    html = render_submission(samples.notebook())
    order = ("glance", "criteria", "writeup", "notebook", "runs", "context")
    places = [html.index(f'id="{name}"') for name in order]
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("digest", "added", "expected"),
    [
        ("sha256:ab", ("mq_open", "<b>"), "sha256:ab, the task added mq_open, <b>"),
        ("sha256:ab", (), "sha256:ab, none added by the task"),
        ("", (), None),
    ],
)
def test_calls_that_the_task_added_are_listed(
    digest: str, added: tuple[str, ...], expected: str | None
) -> None:
    plain = samples.repo()
    calls = {"seccomp_digest": digest, "extra_syscalls": added}
    provenance = parts.PROVENANCE.model_copy(update=calls)
    page = Page(render_submission(plain.model_copy(update={"provenance": provenance})))
    title = "Calls allowed to the submission"
    assert (title in page.words) is (expected is not None)
    assert expected is None or f"{title}{expected}" in page.words


def test_no_total_is_shown() -> None:
    evidence = samples.repo()
    assert f"of {evidence.max_points:g} points" not in Page(render_submission(evidence)).words


@pytest.mark.parametrize("name", ["invalid", "not_gradable"])
def test_ungraded_pages_claim_no_points(name: str) -> None:
    words = Page(render_submission(samples.PAGES[name]())).words
    assert "no points are claimed either way" in words
    assert not re.search(r"\d points", words)
    assert "Criterion by criterion" not in words
    title = {"invalid": "What to fix", "not_gradable": "Not the candidate's fault"}[name]
    assert title in words


def test_checks_without_a_criterion_are_shown() -> None:
    evidence = samples.repo()
    lone = evidence.model_copy(update={"criteria": evidence.criteria[:1]})
    words = Page(render_submission(lone)).words
    assert "Without a criterion" in words
    assert "renamed-column-is-named" in words
    assert "seconds_per_million_rows" in words


def test_code_is_coloured_and_pictures_are_shown() -> None:
    page = Page(render_submission(samples.notebook()))
    assert {"class": "k"} in page.all("span")
    assert len(page.all("img")) == 1
    assert "A picture is not shown: it is not base64" not in page.words
    assert "A picture is not shown: it has no PNG signature." in page.words


def test_cohort_is_sorted_by_code() -> None:
    evidences = samples.cohort()
    html = cohort_page(evidences)
    assert html == cohort_page(evidences[::-1])
    heads = re.findall(r'<th scope="col" class="who"><a href="[^"]+">([A-Z0-9-]+)</a>', html)
    assert heads[2:8] == ["ADDER-11", "BISON-05", "CRANE-77", "DINGO-23", "EGRET-64", "LYNX-42"]


def test_cohort_has_a_section_per_task_and_version() -> None:
    evidence = samples.repo()
    newer = evidence.model_copy(
        update={"task": evidence.task.model_copy(update={"version": "1.1.0"})}
    )
    words = Page(cohort_page([evidence, newer, samples.service()])).words
    assert words.count("1 submission graded") == 3


def test_cohort_says_when_task_files_differ() -> None:
    evidence = samples.repo()
    other = evidence.model_copy(
        update={"task": evidence.task.model_copy(update={"digest": "sha256:other"})}
    )
    assert "is not comparable" in Page(cohort_page([evidence, other])).words


def test_cohort_tells_two_of_one_candidate_apart() -> None:
    first = samples.repo()
    second = first.model_copy(update={"submission": parts.submission(id="second-submission")})
    words = Page(cohort_page([first, second])).words
    assert "LYNX-42 (second-s)" in words


def test_cohort_says_what_is_not_there() -> None:
    page = Page(cohort_page(samples.cohort()))
    assert "OTTER-03 Could not be accepted 'etl.py' is missing" in page.words
    assert "RAVEN-88 Could not be graded The machine's fault" in page.words
    assert "no such entry" in page.words
    assert "CRANE-77 no value" in page.words
    assert page.all("div")[0]["tabindex"] == "0"


@pytest.mark.parametrize(
    "link",
    ["javascript:alert(1)", "https://evil.example/a.html", "../../a.html", "a.html?x", "A B"],
)
def test_cohort_takes_only_links_to_reports(link: str) -> None:
    evidence = samples.repo()
    html = render_cohort([evidence], links={evidence.submission.id: link})
    assert "<a href" not in html.partition('class="top"')[2]


def test_report_name_is_a_slug_with_a_hash() -> None:
    assert re.fullmatch(r"lynx-42-orders-etl-[0-9a-f]{10}\.html", report_name(samples.repo()))
    for make in samples.PAGES.values():
        assert re.fullmatch(r"[a-z0-9][a-z0-9-]{0,90}\.html", report_name(make()))
    other = samples.repo().model_copy(update={"submission": parts.submission(id="other")})
    assert report_name(other) != report_name(samples.repo())


@pytest.mark.parametrize("value", ["<b>", "\u202e", ["\u202e"], {"\x1b": 1}, ValueError("\u202e")])
def test_finalize_cleans_whatever_comes(value: Any) -> None:
    assert not has_hidden_text(str(finalize(value)))


def test_templates_never_trust_a_string() -> None:
    folder = Path(runner.report.__file__).parent / "templates"
    templates = sorted(folder.glob("*.j2"))
    assert len(templates) > 8
    for template in templates:
        text = template.read_text("utf-8")
        assert not re.search(r"\|\s*safe|autoescape|style=|<script|Markup", text), template.name
