"""The page of a task for sign-off: what stands on it, and that text can do nothing but be read."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

import preview_samples as samples
import pytest
from hostile_pages import page_dangers
from hostile_text import PAYLOADS, Payload

from runner.report.pages import content_security_policy
from tasks.catalogs import Catalog
from tasks.model import TaskKind

if TYPE_CHECKING:
    from tasks.model import Task


@pytest.fixture(scope="module")
def task(tmp_path_factory: pytest.TempPathFactory) -> Task:
    return samples.new_task(TaskKind.SERVICE, tmp_path_factory.mktemp("catalog"))


def words_of(html: str) -> str:
    body = html.partition("<main")[2]
    return " ".join(re.sub(r"<[^>]*>", " ", body).replace("&#39;", "'").split())


def test_everything_to_be_signed_stands_on_the_page(task: Task) -> None:
    words = words_of(samples.render(task))
    manifest = task.manifest
    told = [manifest.title, manifest.summary, manifest.constraint, manifest.version, task.digest]
    told += ["60 minutes, a cap", "allowed, to be disclosed", "60 s, 1 GiB of memory"]
    for criterion in task.rubric.criteria:
        told += [criterion.title, criterion.definition, *criterion.anchors.values()]
    for check in task.checks:
        told += [check.id, " ".join(check.proves.split())]
    for prompt in task.rubric.prompts:
        told += [f"{prompt.id}, {prompt.title}", prompt.text, str(prompt.max_words)]
    told += [claim.text for claim in task.rubric.claims]
    told += [one.path for one in manifest.deliverables]
    told += ["3 (50 %)", "1 (17 %)", "weight 3, 50 % of all", "Non-negotiable"]
    told += ["Not for candidates.", "with the data of LYNX-42", "Hiring manager, name", "Signature"]
    missing = [text for text in told if text not in words]
    assert missing == []


def test_brief_keeps_its_headings_below_those_of_the_page(task: Task) -> None:
    html = samples.render(task, "# One\n\n## Two\n\n### Three\n")
    sheet = html.partition('<div class="sheet">')[2].partition("</section>")[0]
    assert "<h3>One</h3>" in sheet
    assert "<h4>Two</h4>" in sheet
    assert "<h4>Three</h4>" in sheet


def test_a_criterion_without_checks_says_that_people_judge_it(task: Task) -> None:
    html = samples.render(task)
    reasoning = html.partition('<article class="criterion" aria-labelledby="criterion-3">')[2]
    assert "it rests on what people read" in reasoning.partition("</article>")[0]
    operability = html.partition('<article class="criterion" aria-labelledby="criterion-2">')[2]
    assert "it rests on what people read" not in operability.partition("</article>")[0]


def test_page_loads_nothing_and_allows_nothing(task: Task) -> None:
    html = samples.render(task)
    policy = content_security_policy()
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert f'content="{policy}"'.replace("'", "&#39;") in html
    assert not re.search(r"<(script|link|img|iframe|form)\b", html)
    assert "http" not in html.replace('http-equiv="Content-Security-Policy"', "")


@pytest.mark.parametrize("id", Catalog.from_setting(None).ids())
def test_every_bundled_task_has_a_page(id: str) -> None:
    task = Catalog.from_setting(None).load(id)
    words = words_of(samples.render(task))
    for check in task.checks:
        assert check.id in words


@pytest.mark.parametrize("payload", PAYLOADS, ids=lambda payload: payload.name)
def test_hostile_text_of_an_author_is_only_text(payload: Payload, task: Task) -> None:
    assert list(page_dangers(samples.render_filled(task, payload.text))) == []


def test_task_without_prompts_or_claims_says_so(task: Task) -> None:
    bare = task.rubric.model_copy(update={"prompts": (), "claims": ()})
    words = words_of(samples.render(dataclasses.replace(task, rubric=bare)))
    assert "No question is asked." in words
    assert "No number is asked for." in words
