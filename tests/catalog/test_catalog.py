"""Every bundled task against its own solutions, in containers, on several seeds.

What must hold is judged as ``worksample tasks validate`` judges it, on more seeds and with margins.
Where its ``proof.json`` is of the task as it stands, all but one solution of each kind are taken as
proven; else every check is failed by some flawed solution here. Each solution is tried on one of
two seeds, in turn; ``--all-seeds`` (``make proof``) tries all solutions on all seeds. The tests of
a task stay with one worker, which makes the data of a seed once.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from catalog_proof import OF_A_TASK, SEEDS, TASKS, TWO_SEEDS, of_a_task, with_their_task

from graders.evidence import without_times
from runner.proof.judge import entrant_problems, public_problems, variant_problems
from runner.proof.summary import outdated, read_summary
from runner.proof.tables import margins_markdown
from runner.proof.trial import entrants
from tasks.files import PROOF_FILE, read_under

if TYPE_CHECKING:
    from runner.proof.bench import Bench
    from tasks.model import Solution, Task

pytestmark = pytest.mark.docker

SAMPLED = 1
"""Sound and flawed solutions of a proven task that are tried all the same, of each."""
BY_KIND = {task.kind: id_ for id_, task in TASKS.items()}
"""A task of each kind."""


def cases(*, everything: bool) -> list[tuple[str, str, int]]:
    """Return (task, solution, seed)."""
    if not everything:
        return [
            (t.id, one.name, TWO_SEEDS[number % 2])
            for t in TASKS.values()
            for number, one in enumerate(sorted(sample(t), key=lambda one: one.kind))
        ]
    return [(t.id, one.name, seed) for t in TASKS.values() for seed in SEEDS for one in t.solutions]


def sample(task: Task) -> list[Solution]:
    """Return the solutions to try: of a proven task a few of each kind, spread over its cover."""
    chosen = cover(task)
    if list(outdated(task)):
        return chosen
    kept: list[Solution] = []
    for kind in ("sound", "flawed"):
        those = [one for one in chosen if one.kind == kind]
        kept += those[:: max(1, len(those) // SAMPLED)][:SAMPLED]
    return [one for one in chosen if one.kind not in ("sound", "flawed") or one in kept]


def cover(task: Task) -> list[Solution]:
    """Return the solutions but for flawed ones whose every check another one fails, too."""
    chosen: list[Solution] = []
    killed: set[str] = set()
    for one in sorted(task.solutions, key=lambda one: len(one.fails)):
        if one.kind != "flawed" or not killed.issuperset(one.fails):
            chosen.append(one)
            killed.update(one.fails)
    return chosen


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "case" in metafunc.fixturenames:
        chosen = cases(everything=metafunc.config.getoption("--all-seeds"))
        metafunc.parametrize("case", with_their_task(chosen))


def test_solutions_get_the_verdict_they_were_written_for(
    case: tuple[str, str, int], bench: Bench
) -> None:
    task_id, name, seed = case
    task = TASKS[task_id]
    entrant = next(one for one in entrants(task) if one.name == name)
    assert list(entrant_problems(entrant, [bench.try_out(task, seed, entrant)])) == []


def test_each_task_has_the_solutions_that_prove_it() -> None:
    assert {task.kind.value for task in TASKS.values()} == {"repo", "notebook", "service"}
    for task in TASKS.values():
        kinds = [one.kind.value for one in task.solutions]
        assert kinds.count("sound") >= 2
        assert kinds.count("flawed") >= 4
        assert kinds.count("empty") == 1
        killed = {check for one in task.solutions if one.kind == "flawed" for check in one.fails}
        spared = {check.id for check in task.checks if not check.precondition} - killed
        assert not spared, f"{task.id}: no flawed solution fails {sorted(spared)}"


@pytest.mark.parametrize("task_id", OF_A_TASK)
def test_variants_are_the_same_for_a_seed_differ_between_seeds_and_give_nothing_away(
    task_id: str, bench: Bench
) -> None:
    task = TASKS[task_id]
    found = [bench.examine(task, seed, again=seed == SEEDS[0]) for seed in TWO_SEEDS]
    assert list(variant_problems(task, found)) == []


@pytest.mark.parametrize("task_id", OF_A_TASK)
def test_the_public_tests_let_sound_work_pass(task_id: str, bench: Bench) -> None:
    task = TASKS[task_id]
    sound = next(one for one in entrants(task) if one.kind.value == "sound")
    assert list(public_problems(task, [bench.rehearse(task, SEEDS[1], sound)])) == []


@pytest.mark.parametrize(
    "task_id", [id_ for id_, task in TASKS.items() if (task.path / PROOF_FILE).exists()]
)
def test_the_proof_is_of_the_task_as_it_stands(task_id: str) -> None:
    assert list(outdated(TASKS[task_id])) == []


def test_the_page_of_the_catalog_shows_what_the_proofs_came_to() -> None:
    page = (Path(__file__).parents[2] / "docs/catalog.md").read_text("utf-8")
    for task in TASKS.values():
        summary = read_summary(task)
        assert summary is None or margins_markdown(summary) in page, task.id


def test_the_cover_spares_no_check() -> None:
    for task in TASKS.values():
        killed = {check for one in cover(task) for check in one.fails}
        assert killed == {check for one in task.solutions for check in one.fails}


def test_a_proven_task_is_sampled_and_any_other_is_covered() -> None:
    for task in TASKS.values():
        tried, whole = (
            sum(one.kind == "flawed" for one in chosen) for chosen in (sample(task), cover(task))
        )
        assert tried == (whole if list(outdated(task)) else min(SAMPLED, whole))


@pytest.mark.parametrize("task_id", [of_a_task(id_) for id_ in BY_KIND.values()])
def test_regrading_gives_the_same_evidence(task_id: str, bench: Bench) -> None:
    task = TASKS[task_id]
    solution = next(one for one in task.solutions if one.kind == "sound")
    files = read_under(task.path, f"solutions/{solution.name}")

    def once(*, afresh: bool) -> Any:
        found = bench.grade(task, SEEDS[0], files, afresh=afresh)
        parts = (found.runs, found.checks, found.criteria, found.measurements, found.claims)
        return without_times([[one.model_dump(mode="json") for one in part] for part in parts])

    assert once(afresh=False) == once(afresh=True)
