"""What has the form of an answer and none of its substance gains about nothing, in every task.

``constant/<task>/<name>/`` holds the cheapest submissions that write every deliverable, or answer
every call. The starter, as it goes out, is one more of them; that of a proven task is proven, too.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from catalog_proof import SEEDS, TASKS, with_their_task

from graders.evidence import Outcome
from runner.proof.summary import outdated
from tasks.files import read_under

if TYPE_CHECKING:
    from runner.proof.bench import Bench

pytestmark = pytest.mark.docker

CONSTANT = Path(__file__).parent / "constant"
STARTER = "starter"
FLOOR = 0.05
"""Of a task's points: what can be gained without substance at most."""


def names_of(task_id: str) -> list[str]:
    """Return the names of a task's submissions without substance."""
    return [STARTER, *sorted(folder.name for folder in (CONSTANT / task_id).iterdir())]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "case" in metafunc.fixturenames:
        everything = metafunc.config.getoption("--all-seeds")
        seeds = SEEDS if everything else SEEDS[:1]
        chosen = [(t, name, seed) for t in TASKS for name in names_of(t) for seed in seeds]
        if not everything:
            proven = [t for t, task in TASKS.items() if not list(outdated(task))]
            chosen = [one for one in chosen if one[1] != STARTER or one[0] not in proven]
        metafunc.parametrize("case", with_their_task(chosen))


def test_no_substance_gains_about_nothing(case: tuple[str, str, int], bench: Bench) -> None:
    task_id, name, seed = case
    task = TASKS[task_id]
    is_starter = name == STARTER
    files = read_under(task.path, name) if is_starter else read_under(CONSTANT / task_id, name)
    found = bench.grade(task, seed, files)
    details = {check.id: check.detail for check in found.checks if check.detail}
    broken = [check.id for check in found.checks if check.outcome is Outcome.ERROR]
    assert not broken, details
    gained = {check.id: check.points for check in found.checks if check.points}
    allowed = FLOOR * sum(check.max_points for check in found.checks)
    assert sum(gained.values()) <= allowed, gained


def test_each_task_has_submissions_without_substance() -> None:
    assert {folder.name for folder in CONSTANT.iterdir()} == set(TASKS)
    for task_id in TASKS:
        assert len(names_of(task_id)) >= 3
