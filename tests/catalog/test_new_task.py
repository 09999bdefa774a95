"""What `worksample tasks new` makes holds at once: every solution gets its verdict.

By default each kind on one of two seeds, in turn; with ``--all-seeds`` on both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from author_guide import make_example
from catalog_proof import SEEDS, TWO_SEEDS

from graders.evidence import ExitKind, Outcome
from runner.packet import build_packet, packet_leaks
from runner.proof.bench import truth_files
from tasks.files import read_under
from tasks.loader import load_task
from tasks.model import TaskKind
from tasks.skeleton import create_task

if TYPE_CHECKING:
    from pathlib import Path

    from runner.proof.bench import Bench
    from tasks.model import Task

pytestmark = pytest.mark.docker

CONSTANT = b"""\
import argparse, csv, pathlib
parser = argparse.ArgumentParser()
parser.add_argument("--in", dest="data", type=pathlib.Path)
parser.add_argument("--out", type=pathlib.Path)
arguments = parser.parse_args()
shops = {row["shop"] for row in csv.DictReader((arguments.data / "counts.csv").open())}
rows = "".join(f"{shop},100\\n" for shop in sorted(shops))
(arguments.out / "forecast.csv").write_text("shop,per_day\\n" + rows)
"""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "seed" in metafunc.fixturenames:
        every = [(kind, seed) for kind in TaskKind for seed in TWO_SEEDS]
        in_turn = [(kind, TWO_SEEDS[number % 2]) for number, kind in enumerate(TaskKind)]
        chosen = every if metafunc.config.getoption("--all-seeds") else in_turn
        metafunc.parametrize(("kind", "seed"), chosen, ids=[f"{k}-{s}" for k, s in chosen])


@pytest.fixture(scope="module")
def new_tasks(tmp_path_factory: pytest.TempPathFactory) -> dict[TaskKind, Task]:
    folder: Path = tmp_path_factory.mktemp("catalog")
    return {kind: load_task(create_task(f"new-{kind}", kind, folder)) for kind in TaskKind}


def test_solutions_of_a_new_task_get_their_verdicts(
    kind: TaskKind, seed: int, new_tasks: dict[TaskKind, Task], bench: Bench
) -> None:
    task = new_tasks[kind]
    for solution in task.solutions:
        found = bench.grade(task, seed, read_under(task.path, f"solutions/{solution.name}"))
        outcomes = {check.id: check.outcome for check in found.checks}
        details = {check.id: check.detail for check in found.checks if check.detail}
        assert Outcome.ERROR not in outcomes.values(), details
        missed = {check for check, outcome in outcomes.items() if outcome is not Outcome.PASSED}
        if solution.kind == "empty":
            assert missed == set(outcomes)
            continue
        assert missed == set(solution.fails), (solution.name, details)
        assert {run.exit_kind for run in found.runs} == {ExitKind.EXITED}
        assert not found.writeup.missing
        numbers = [one for one in found.measurements if one.at_most is not None]
        assert {one.name for one in numbers} == {"error_corrected", "error_offline"}
        for one in numbers:
            assert one.at_most is not None
            is_mistaken = bool(set(solution.fails) & {one.check})
            assert (
                (one.value > one.at_most + 0.05)
                if is_mistaken
                else (one.value < one.at_most - 0.03)
            )


@pytest.mark.parametrize("kind", TaskKind)
def test_starter_of_a_new_task_gains_nothing(
    kind: TaskKind, new_tasks: dict[TaskKind, Task], bench: Bench
) -> None:
    found = bench.grade(new_tasks[kind], SEEDS[0], read_under(new_tasks[kind].path, "starter"))
    assert {check.outcome for check in found.checks} <= {Outcome.FAILED, Outcome.NOT_RUN}


def test_example_of_the_guide_is_proven(tmp_path: Path, bench: Bench) -> None:
    task = load_task(make_example(tmp_path))
    for solution in task.solutions:
        found = bench.grade(task, SEEDS[0], read_under(task.path, f"solutions/{solution.name}"))
        missed = {check.id for check in found.checks if check.outcome is not Outcome.PASSED}
        expected = (
            {check.id for check in task.checks} if solution.kind == "empty" else set(solution.fails)
        )
        assert missed == expected, solution.name


def test_a_constant_gains_nothing(new_tasks: dict[TaskKind, Task], bench: Bench) -> None:
    found = bench.grade(new_tasks[TaskKind.REPO], SEEDS[0], {"forecast.py": CONSTANT})
    assert {check.outcome for check in found.checks} == {Outcome.FAILED}
    assert all("nothing to do with their sales" in check.detail for check in found.checks)


@pytest.mark.parametrize("kind", TaskKind)
def test_packet_of_a_new_task_gives_nothing_away(
    kind: TaskKind, new_tasks: dict[TaskKind, Task], bench: Bench
) -> None:
    task = new_tasks[kind]
    data, again, other = (bench.make_variant(task, seed) for seed in (*TWO_SEEDS, SEEDS[0]))
    assert data == other != again
    packet = build_packet(
        task, candidate="LYNX-42", public_files=data.public["public"], facts=data.facts
    )
    assert packet_leaks(packet, task, truth_files(data)) == []
