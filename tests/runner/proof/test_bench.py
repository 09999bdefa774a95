from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from graders.material import VariantData
from runner.proof.bench import unsaid, variant_digest
from runner.proof.grounds import code_digest
from runner.proof.trial import entrants
from tasks.brief import render_brief
from tasks.loader import load_task

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    MakeTask = Callable[..., Path]


def test_a_brief_that_says_everything_leaves_nothing_unsaid(make_task: MakeTask) -> None:
    task = load_task(make_task())
    brief = render_brief(task, facts={"rows": 3}, candidate="LYNX-42")
    assert list(unsaid(task, brief)) == []


@pytest.mark.parametrize(
    ("brief", "missing"),
    [
        ("out/total.json, 512 MiB, 30 s", ()),
        ("out/total.json, 512\nMiB, 30 seconds", ()),
        ("out/total.csv, 512 MiB, 30 s", ("the deliverable",)),
        ("out/total.json, 1.512 MiB, 30 s", ("the limit of 512 MiB",)),
        ("out/total.json, 512 MiBs, 30 s", ("the limit of 512 MiB",)),
        ("out/total.json, 512 MiB, 130 s", ("the limit of 30 s",)),
        ("out/total.json, 512 MiB, 30 stores", ("the limit of 30 s",)),
        ("", ("the deliverable out/total.json", "the limit of 30 s", "the limit of 512 MiB")),
    ],
)
def test_what_a_brief_does_not_mention(
    make_task: MakeTask, brief: str, missing: tuple[str, ...]
) -> None:
    found = list(unsaid(load_task(make_task()), brief))
    assert len(found) == len(missing)
    assert all(words in one for one, words in zip(found, missing, strict=True))


def data(public: Mapping[str, bytes], truth: Mapping[str, bytes], **facts: object) -> VariantData:
    return VariantData(public={"public": public}, truth={"public": truth}, facts=facts)


def test_the_digest_of_a_variant_covers_all_of_it() -> None:
    digests = [
        variant_digest(one)
        for one in (
            data({"a": b"1"}, {}),
            data({"a": b"2"}, {}),
            data({}, {"a": b"1"}),
            data({"b": b"1"}, {}),
            data({"a": b"1"}, {}, rows=1),
        )
    ]
    assert len(set(digests)) == 5
    assert digests[0] == variant_digest(data({"a": b"1"}, {}))


def test_entrants_are_the_solutions_and_the_starter(make_task: MakeTask) -> None:
    found = entrants(load_task(make_task()))
    assert [(one.name, one.kind.value) for one in found] == [
        ("sound_plain", "sound"),
        ("flawed_rounds", "flawed"),
        ("empty", "empty"),
        ("starter", "starter"),
    ]
    assert found[1].fails == ("total-is-right",)
    assert list(found[3].files) == ["total.py"]
    assert len({one.digest for one in found}) == 4


def test_the_code_that_decides_is_part_of_the_grounds() -> None:
    assert code_digest() == code_digest()
    assert code_digest().startswith("sha256:")
