from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tasks.brief import AI_USE_HINTS, prompt_hint, render_brief, writeup_template
from tasks.errors import CandidateCodeError, TaskFormatError
from tasks.loader import load_task
from tasks.model import AiPolicy

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    MakeTask = Callable[..., Path]

FACTS: Mapping[str, object] = {"rows": 12}


def error_of(folder: Path, facts: Mapping[str, object] = FACTS) -> TaskFormatError:
    with pytest.raises(TaskFormatError) as caught:
        render_brief(load_task(folder), facts=facts, candidate="LYNX-42")
    return caught.value


def test_brief_is_filled_in_for_the_candidate(make_task: MakeTask) -> None:
    text = render_brief(load_task(make_task()), facts=FACTS, candidate="LYNX-42")
    assert text == (
        "# Sum a column\n\n"
        "For LYNX-42: 12 rows, 512 MiB of memory, 30 s.\n"
        "- `out/total.json` (application/json, up to 64 KiB)\n"
        "- P1: What did you find wrong with the inputs, with counts?\n"
        "- P2: Which trade-off did the constraint force on you?\n"
        "- rows_read\n"
    )


def test_markdown_is_not_escaped(make_task: MakeTask) -> None:
    task = load_task(make_task(files={"brief.md": "{{ rows }} < 5 & more"}))
    assert render_brief(task, facts={"rows": "<b>"}, candidate="A") == "<b> < 5 & more"


def test_unknown_name_is_named_with_its_line(make_task: MakeTask) -> None:
    error = error_of(make_task(files={"brief.md": "# A\n\n{{ row }}\n"}))
    assert (error.file, error.key, error.nearest) == ("sum-column/brief.md:3", "row", "rows")


@pytest.mark.parametrize(
    ("source", "key", "nearest"),
    [
        ("{{ limits.memry }}", "memry", "memory"),
        ("{{ task.titel }}", "titel", None),
        ("{% for x in feeds %}{% endfor %}", "feeds", None),
        ("{{ rows.a.b }}", "a", None),
    ],
)
def test_unknown_attribute_is_named(
    make_task: MakeTask, source: str, key: str, nearest: str | None
) -> None:
    error = error_of(make_task(files={"brief.md": source}))
    assert (error.file, error.key, error.nearest) == ("sum-column/brief.md:1", key, nearest)


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("a\n{% if %}", "is no Jinja2 template"),
        ("a\n{{ rows / 0 }}", "cannot be rendered: division by zero"),
        ("a\n{{ rows + 'x' }}", "cannot be rendered"),
        ("a\n{{ ''.__class__.__mro__ }}", "cannot be rendered"),
        ("a\n{% include 'other.md' %}", "cannot be rendered"),
    ],
)
def test_template_fault_names_file_and_line(make_task: MakeTask, source: str, reason: str) -> None:
    error = error_of(make_task(files={"brief.md": source}))
    assert error.file == "sum-column/brief.md:2"
    assert reason in error.reason


def test_brief_of_another_encoding_is_an_error(make_task: MakeTask) -> None:
    assert "UTF-8" in error_of(make_task(files={"brief.md": b"\xff"})).reason


@pytest.mark.parametrize(
    "name", ["candidate", "task", "limits", "deliverables", "prompts", "claims"]
)
def test_fact_may_not_replace_a_name_of_the_brief(make_task: MakeTask, name: str) -> None:
    error = error_of(make_task(), {"rows": 1, name: 1})
    assert (error.file, error.key) == ("sum-column/variant.py", name)


def test_malformed_candidate_code_is_refused(make_task: MakeTask) -> None:
    with pytest.raises(CandidateCodeError):
        render_brief(load_task(make_task()), facts=FACTS, candidate="a b")


def test_writeup_template_has_claims_prompts_and_ai_use(make_task: MakeTask) -> None:
    lines = writeup_template(load_task(make_task())).splitlines()
    assert lines[:4] == ["---", "claims:", "  rows_read:", "---"]
    assert "- `rows_read` (rows): How many rows did you read?" in lines
    assert [line for line in lines if line.startswith("## ")] == [
        "## P1 What was wrong",
        "## P2 Trade-off",
        "## AI use",
    ]
    question = "*What did you find wrong with the inputs, with counts?* (at most 150 words)"
    assert question in lines
    assert not any("<!--" in line for line in lines)


def test_writeup_template_without_claims_has_no_front_matter(make_task: MakeTask) -> None:
    folder = make_task()
    rubric = (folder / "rubric.toml").read_text()
    (folder / "rubric.toml").write_text(rubric[: rubric.index("[[claim]]")])
    assert writeup_template(load_task(folder)).startswith("# Write-up: Sum a column\n")


def test_question_with_stars_is_still_in_italics(make_task: MakeTask) -> None:
    folder = make_task(edits=[("rubric.toml", "What did you find", "What did you *really* find")])
    prompt = load_task(folder).rubric.prompts[0]
    assert prompt_hint(prompt).startswith("_What did you *really* find")


@pytest.mark.parametrize("policy", list(AiPolicy))
def test_ai_use_is_asked_according_to_the_policy(make_task: MakeTask, policy: AiPolicy) -> None:
    task = load_task(make_task(edits=[("task.toml", '"allowed_disclose"', f'"{policy}"')]))
    assert writeup_template(task).rstrip().endswith(AI_USE_HINTS[policy])
