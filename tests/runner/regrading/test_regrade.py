"""Who is judged again and who is left, and what is said of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from tiny_task import write_tiny_task

from graders.material import GradingImages
from runner.cli.regrade import exit_code_of_facts
from runner.exit_codes import ExitCode
from runner.records import Basis, Circumstances, Past
from runner.regrading.determinism import Examined, FlakyCheck, Whose
from runner.regrading.report import (
    change_facts,
    determinism_facts,
    determinism_text,
    history_text,
    past_facts,
    regrade_text,
)
from runner.regrading.steps import Change, make_plan
from tasks.loader import load_task

if TYPE_CHECKING:
    from pathlib import Path

    from tasks.model import Task

IMAGES = GradingImages(candidate="sha256:c", grade="sha256:g")


@pytest.fixture
def task(tmp_path: Path) -> Task:
    return load_task(write_tiny_task(tmp_path))


def past(**changes: Any) -> Past:
    return Past(
        **{
            "number": 7, "replaces": None, "submission": "s", "candidate": "LYNX-1", "task": "tiny",
            "sha256": "x", "received_at": "", "files": "f", "state": "graded",
            "finished_at": "2026-11-28T12:00:00+00:00", "key": "k", "task_digest": "sha256:old",
            "grade_image": IMAGES.grade, "circumstances": Circumstances(intake="i"),
            "result": {"task_version": "1.0.0", "points": 3.0, "max_points": 3.0},
            **changes,
        }
    )  # fmt: skip


def plan_of(task: Task, one: Past, **how: Any) -> tuple[int, int, list[str]]:
    plan = make_plan([one], {task.id: task}, IMAGES, why="a test", **how)
    return len(plan.affected), len(plan.current), [why for _, why in plan.left]


def test_who_was_judged_by_other_tests_or_another_image_is_affected(task: Task) -> None:
    assert plan_of(task, past()) == (1, 0, [])
    assert plan_of(task, past(task_digest=task.digest)) == (0, 1, [])
    assert plan_of(task, past(task_digest=task.digest, grade_image="sha256:h")) == (1, 0, [])
    assert plan_of(task, past(task_digest=task.digest), everything=True) == (1, 0, [])


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"state": "not_gradable"}, "it is not_gradable: that is for `worksample grade`"),
        ({"state": "invalid_submission"}, "it is invalid_submission: that is for"),
        ({"task": "gone"}, "there is no such task in the catalog"),
        ({"result": {"task_version": "0.9.0"}}, "they worked on version 0.9.0, whose data"),
        ({"circumstances": Circumstances()}, "an earlier worksample kept too little of it"),
        ({"files": None}, "an earlier worksample kept too little of it"),
    ],
)
def test_who_cannot_be_judged_from_the_records_is_left(
    task: Task, changes: dict[str, Any], why: str
) -> None:
    affected, current, left = plan_of(task, past(**changes), everything=True)
    assert (affected, current) == (0, 0)
    assert left[0].startswith(why)


def change(*checks: tuple[str, str, str], basis: Basis, **more: Any) -> dict[str, Any]:
    how = Circumstances(why="regraded: a test", basis=basis, **more)
    after = past(number=8, replaces=7, circumstances=how)
    return change_facts(Change(before=past(), after=after, checks=checks))


def test_what_differs_comes_first_and_all_is_counted() -> None:
    rows = [
        change(("sum-fresh", "failed", "passed"), basis=Basis.KEPT),
        change(basis=Basis.KEPT_AND_LIVE),
        change(basis=Basis.EXECUTED, why_executed="the limits changed"),
    ]
    left = [{"candidate": f"LYNX-{n}", "task": "tiny", "why": "it is gone"} for n in range(9)]
    failed = [{"candidate": "\x1b[2JX", "task": "tiny", "why": "The machine's fault: no."}]
    said = regrade_text(
        {"regraded": rows, "current": 2, "left": left, "failed": failed}
    ).splitlines()
    assert " ".join(said[1].split()) == "LYNX-1 tiny 3/3 -> 3/3 sum-fresh: failed -> passed"
    assert said[2:] == [
        "3 regraded: 1 with another verdict, 2 with the same.",
        "2 judged on the runs on record (1 with live code executed for checks that ask).",
        "1 executed again: the limits changed.",
        "2 were judged by the task as it is: nothing to do.",
        f"Left: {', '.join(f'LYNX-{n}' for n in range(8))} and 1 more: it is gone.",
        "Not regraded: ⟨U+001B⟩[2JX: The machine's fault: no.",
    ]


def test_points_alone_make_another_verdict() -> None:
    richer = past(number=8, replaces=7, result={"points": 4.0, "max_points": 4.0})
    assert Change(before=past(), after=richer, checks=()).differs
    assert not Change(before=past(), after=past(number=8), checks=()).differs


def test_the_history_tells_on_what_each_was_judged() -> None:
    how = Circumstances(why="regraded: x", why_executed="the image changed")
    after = past(number=8, replaces=7, circumstances=how)
    changed = Change(before=past(), after=after, checks=(("a", "passed", "failed"),))
    refused = past(state="not_gradable", result={"points": None, "max_points": None,
                                                 "task_version": "1.0.0"})  # fmt: skip
    said = history_text(
        [past_facts(refused, None), past_facts(replace(after, replaces=7), changed)]
    )
    assert "not_gradable" in said
    words = " ".join(said.split())
    assert "regraded: x (executed: the image changed): a: passed -> failed" in words


def examined(*whose: Whose, failed: str = "") -> Examined:
    flaky = tuple(
        FlakyCheck(check="a", executed={"passed": 1, "failed": 2}, on_same_runs={}, whose=one)
        for one in whose
    )
    return Examined(candidate="LYNX-1", task="tiny", submission="s", flaky=flaky,
                    varying=("out/a of the run `b`",), failed=failed)  # fmt: skip


def test_what_varies_is_said_with_whose_doing_it_is() -> None:
    facts = determinism_facts([examined(*Whose), examined()], times=3) | {"left": []}
    said = " ".join(determinism_text(facts).split())
    assert said.count("1 passed, 2 failed") == 4
    assert "steady; differing: out/a of the run `b`" in said
    assert said.endswith("judged 3 times each: 4 check(s) came to different outcomes.")


@pytest.mark.parametrize(
    ("found", "code"),
    [
        (examined(), ExitCode.DONE),
        (examined(failed="no"), ExitCode.NOT_GRADABLE),
        (examined(Whose.UNKNOWN), ExitCode.VARIES),
    ],
)
def test_the_exit_code_says_whether_anything_varies(found: Examined, code: ExitCode) -> None:
    assert exit_code_of_facts(determinism_facts([found], times=2)) is code
