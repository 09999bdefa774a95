"""Every bundled task against its own solutions, in containers, on several seeds.

A sound solution passes every check, a flawed one fails exactly the checks named for it, an empty
one gains nothing. By default every check is failed by some flawed solution, each solution on one
seed, in turn; ``--all-seeds`` (``make proof``) runs all solutions on all seeds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from catalog_proof import SEEDS, TASKS

from graders.evidence import ExitKind, Outcome, without_times
from graders.upstream import upstream_files
from runner.packet import build_packet, packet_leaks
from tasks.files import read_under

if TYPE_CHECKING:
    from catalog_proof import Bench

    from tasks.model import Solution, Task

pytestmark = pytest.mark.docker

PRECONDITIONS = {"notebook-runs-clean"}
"""Checks that no flawed solution may fail alone: without them nothing else can be judged."""


def cases(*, everything: bool) -> list[tuple[str, str, int]]:
    """Return (task, solution, seed)."""
    seeded = enumerate((t.id, one.name) for t in TASKS.values() for one in cover(t))
    if not everything:
        return [(*case, SEEDS[number % len(SEEDS)]) for number, case in seeded]
    return [(t.id, one.name, seed) for t in TASKS.values() for seed in SEEDS for one in t.solutions]


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
        metafunc.parametrize("case", chosen, ids=[f"{t}-{n}-{s}" for t, n, s in chosen])


def test_solutions_get_the_verdict_they_were_written_for(
    case: tuple[str, str, int], bench: Bench
) -> None:
    task_id, name, seed = case
    task = TASKS[task_id]
    solution = next(one for one in task.solutions if one.name == name)
    found = bench.grade(task, seed, read_under(task.path, f"solutions/{name}"))
    outcomes = {check.id: check.outcome for check in found.checks}
    details = {check.id: check.detail for check in found.checks if check.detail}
    broken = [check for check, outcome in outcomes.items() if outcome is Outcome.ERROR]
    assert not broken, details
    if solution.kind == "empty":
        assert sum(check.points for check in found.checks) == 0, outcomes
        return
    missed = {check for check, outcome in outcomes.items() if outcome is not Outcome.PASSED}
    assert missed == set(solution.fails), details
    if solution.kind == "sound":
        assert {run.exit_kind for run in found.runs} == {ExitKind.EXITED}
        assert not found.writeup.missing


def test_each_task_has_the_solutions_that_prove_it() -> None:
    assert {task.kind.value for task in TASKS.values()} == {"repo", "notebook", "service"}
    for task in TASKS.values():
        kinds = [one.kind.value for one in task.solutions]
        assert kinds.count("sound") >= 2
        assert kinds.count("flawed") >= 4
        assert kinds.count("empty") == 1
        killed = {check for one in task.solutions for check in one.fails}
        spared = {check.id for check in task.checks} - killed - PRECONDITIONS
        assert not spared, f"{task.id}: no flawed solution fails {sorted(spared)}"


@pytest.mark.parametrize("task_id", TASKS)
def test_variants_are_the_same_for_a_seed_and_differ_between_seeds(
    task_id: str, bench: Bench
) -> None:
    task = TASKS[task_id]
    first, again, other = (
        bench.make_variant(task, seed) for seed in (SEEDS[0], SEEDS[0], SEEDS[1])
    )
    assert first == again
    assert set(first.public["public"].values()).isdisjoint(
        value for value in other.public["public"].values() if len(value) > 1000
    )


@pytest.mark.parametrize("task_id", TASKS)
def test_packets_give_nothing_away(task_id: str, bench: Bench) -> None:
    task = TASKS[task_id]
    data = bench.make_variant(task, SEEDS[0])
    packet = build_packet(
        task,
        candidate="LYNX-42",
        public_files=data.public["public"],
        facts=data.facts,
        upstream_files=upstream_files(data.truth["public"]),
    )
    truth = {
        f"{name}/{path}": raw for name, files in data.truth.items() for path, raw in files.items()
    }
    assert packet_leaks(packet, task, truth) == []


def test_the_cover_spares_no_check() -> None:
    for task in TASKS.values():
        killed = {check for one in cover(task) for check in one.fails}
        assert killed == {check for one in task.solutions for check in one.fails}


@pytest.mark.parametrize("task_id", TASKS)
def test_regrading_gives_the_same_evidence(task_id: str, bench: Bench) -> None:
    task = TASKS[task_id]
    solution = next(one for one in task.solutions if one.kind == "sound")
    files = read_under(task.path, f"solutions/{solution.name}")

    def once() -> Any:
        found = bench.grade(task, SEEDS[0], files)
        parts = (found.runs, found.checks, found.criteria, found.measurements, found.claims)
        return without_times([[one.model_dump(mode="json") for one in part] for part in parts])

    assert once() == once()
