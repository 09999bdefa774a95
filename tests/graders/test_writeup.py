"""Write-ups: answers matched to prompts, words counted, claims read and compared."""

from __future__ import annotations

import time

import pytest

from graders.evidence import ClaimVerdict, Measurement
from graders.writeup import compare, from_cells, match, parse
from tasks.model import Claim, Prompt


def prompt(name: str, words: int = 50) -> Prompt:
    return Prompt(id=name, title="Title", text="Question?", criterion="c", max_words=words)


def claim(tolerance: float = 0.0) -> Claim:
    return Claim(id="rows", text="How many?", unit="rows", measurement="rows", tolerance=tolerance)


TEXT = """---
claims:
  rows: 113
  auc: 0.81
---
# My write-up

## P1 What was wrong
Three *things*.

### Details
More.

## P2: trade-offs
One two three four five six seven eight nine ten eleven.

## P10 other
No.

## AI use
None.
"""


def test_answers_are_matched_by_the_id_that_a_heading_begins_with() -> None:
    found = match(parse(TEXT), [prompt("P1"), prompt("P2", words=10), prompt("P3")], source="W")
    first, second, third = found.answers
    assert first.answer == "Three *things*.\n\n**Details**\n\nMore."
    assert (second.words, second.within_limit) == (11, False)
    assert third.answer == ""
    assert found.missing == ("P3",)
    assert found.ai_use == "None."


def test_p1_is_not_p10() -> None:
    found = match(parse("## P10 x\nten"), [prompt("P1")], source="W")
    assert found.missing == ("P1",)


def test_a_heading_in_a_code_block_is_none() -> None:
    found = match(parse("## P1\n```\n## P2\n```\nend"), [prompt("P1"), prompt("P2")], source="W")
    assert found.answers[0].answer.endswith("end")
    assert found.missing == ("P2",)


@pytest.mark.parametrize(
    ("line", "heading"),
    [
        ("## P1", "P1"),
        ("##   P1  ##  ", "P1"),
        ("## P1 # x", "P1 # x"),
        ("## C#", "C"),
        ("## ##", ""),
        ("##", None),
        ("##P1", None),
        ("####### P1", None),
    ],
)
def test_headings_are_told_from_text(line: str, heading: str | None) -> None:
    found = [section.heading for section in parse(line).sections[1:]]
    assert found == ([] if heading is None else [heading])


def test_an_untouched_template_is_no_answer() -> None:
    from tasks.brief import prompt_hint

    text = f"## P1 Title\n\n{prompt_hint(prompt('P1'))}\n"
    assert match(parse(text), [prompt("P1")], source="W").missing == ("P1",)


def test_no_write_up_misses_every_prompt() -> None:
    found = match(None, [prompt("P1")], source="")
    assert not found.found
    assert found.missing == ("P1",)


def test_claims_are_read_from_the_front_matter() -> None:
    assert parse(TEXT).claims == {"rows": 113.0, "auc": 0.81}
    assert parse(TEXT.replace("\n", "\r\n")).claims == {"rows": 113.0, "auc": 0.81}


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("  rows: many", "not a number"),
        ("  rows: nan", "not a number"),
        ("  rows: 1e999", "not a number"),
        ("  rows: 1_000", "not a number"),
        ("  rows: !!python/object:os.system", "not a number"),
        ("  ? rows", "name: number"),
    ],
)
def test_what_is_no_number_is_said_and_not_read(line: str, words: str) -> None:
    parsed = parse(f"---\nclaims:\n{line}\n---\n")
    assert parsed.claims == {}
    assert words in parsed.problems[0]


def test_an_empty_claim_is_simply_not_made() -> None:
    parsed = parse("---\nclaims:\n  rows:\n---\n")
    assert (dict(parsed.claims), parsed.problems) == ({}, ())


def test_front_matter_may_open_any_markdown_cell() -> None:
    text = from_cells(["# Intro", "---\nclaims:\n  rows: 5\n---\n## P1\nfirst", "## P2\nsecond"])
    parsed = parse(text)
    assert parsed.claims == {"rows": 5.0}
    assert match(parsed, [prompt("P1"), prompt("P2")], source="cells").missing == ()


def test_front_matter_of_a_cell_may_have_other_line_ends() -> None:
    text = from_cells(["# Intro", "---\r\nclaims:\r\n  rows: 5\r\n---\r\n## P1\r\nfirst"])
    parsed = parse(text)
    assert parsed.claims == {"rows": 5.0}
    assert match(parsed, [prompt("P1")], source="cells").missing == ()


def test_a_cell_that_begins_with_a_rule_stays_in_its_place() -> None:
    for cell in ("---\nmy answer", "---\nmy answer\n---\nand more"):
        found = match(parse(from_cells(["## P1", cell])), [prompt("P1")], source="cells")
        assert "my answer" in found.answers[0].answer


@pytest.mark.parametrize(
    ("claimed", "measured", "tolerance", "verdict"),
    [
        (5.0, 5.0, 0.0, ClaimVerdict.CONFIRMED),
        (5.0, 6.0, 1.0, ClaimVerdict.CONFIRMED),
        (5.0, 6.1, 1.0, ClaimVerdict.CONTRADICTED),
        (None, 6.0, 1.0, ClaimVerdict.UNVERIFIABLE),
        (5.0, None, 1.0, ClaimVerdict.UNVERIFIABLE),
    ],
)
def test_claims_are_held_against_measurements(
    claimed: float | None, measured: float | None, tolerance: float, verdict: ClaimVerdict
) -> None:
    rows = [] if measured is None else [
        Measurement(name="rows", value=measured, unit="rows", check="c")
    ]  # fmt: skip
    stated = {} if claimed is None else {"rows": claimed}
    (result,) = compare([claim(tolerance)], stated, rows)
    assert result.verdict is verdict


def test_a_huge_write_up_is_cut_with_a_word() -> None:
    parsed = parse("x" * 300_000)
    assert "longer" in parsed.problems[0]


@pytest.mark.parametrize("between", [" ", "\t", "# ", " #"])
def test_a_heading_of_any_length_is_read_in_linear_time(between: str) -> None:
    started = time.monotonic()
    parsed = parse(f"# a{between * 100_000}b\n## P1 What? ##\nanswer")
    assert time.monotonic() - started < 2
    assert [section.level for section in parsed.sections] == [0, 1, 2]
    assert parsed.sections[2].heading == "P1 What?"


@pytest.mark.parametrize(
    ("text", "is_said"),
    [
        ("---\nclaims:\n" + "  c: 1\n" * 300 + "---\n", True),
        ("---\nclaims:\n  c: 1\n## P1\n", True),
        ("---\nclaims:\n  c: 1\n---\n## P1\n", False),
        ("---\nA rule, and no front matter.\n", False),
    ],
)
def test_front_matter_that_never_ends_is_said(text: str, is_said: bool) -> None:
    assert any("not closed" in problem for problem in parse(text).problems) == is_said
