"""Judged again and again: what varies is named, and whose doing it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tiny_task import HIDDEN, SOUND
from watchers import Quiet

from runner.batch import Pace, grade_batch
from runner.determinism import Examined, Whose, examine
from runner.pipeline import GradeRequest
from runner.regrade import make_plan

if TYPE_CHECKING:
    from collections.abc import Callable

    from runner.workshop import Workshop
    from tasks.model import Task

pytestmark = pytest.mark.docker

TIMES = 6
"""A coin falls on one side as often once in 32 tests."""
COIN = "next(iter(pathlib.Path('/proc/sys/kernel/random/uuid').read_text())) < '8'"
TOSS = f'''

@pytest.mark.check("toss", criterion="correctness", points=1)
def test_toss():
    """A coin falls on the right side."""
    import pathlib
    assert {COIN}, "the coin fell on the other side"
'''
LIVE_TOSS = '''

@pytest.mark.check("toss", criterion="correctness", points=1)
def test_toss(candidate):
    """The program answers."""
    assert candidate.run(["python", "toss.py"]).finished
'''
TOSSING = f"{SOUND}\nif {COIN}: (out / 'sum.json').write_text('0')\n"


@pytest.fixture
def judged(
    workshop: Workshop, tiny_task: Callable[..., Task], submit: Callable[..., str]
) -> Callable[..., Examined]:
    """Grade a submission, judge it again and again, and return what came of it."""

    def run(files: dict[str, str], hidden: str = HIDDEN) -> Examined:
        task = tiny_task(hidden=hidden)
        request = GradeRequest(task=task, source=submit(files), candidate="LYNX-1")
        grade_batch(workshop, [request], pace=Pace(), watcher=Quiet())
        found = workshop.records.history.latest()
        plan = make_plan(found, {"tiny": task}, workshop.images, why="", everything=True)
        said: list[str] = []
        (examined,) = examine(workshop, plan.affected, times=TIMES, workers=1, tell=said.append)
        assert len(said) == 1
        assert workshop.records.history.latest() == found  # nothing is recorded
        return examined

    return run


def test_steady_work_and_steady_tests_vary_in_nothing(judged: Callable[..., Examined]) -> None:
    found = judged({"add.py": SOUND})
    assert (found.flaky, found.varying, found.failed) == ((), (), "")


def test_a_flaky_hidden_test_is_told(judged: Callable[..., Examined]) -> None:
    (flaky,) = judged({"add.py": SOUND}, HIDDEN + TOSS).flaky
    assert (flaky.check, flaky.whose) == ("toss", Whose.HIDDEN_TEST)
    assert set(flaky.executed) == set(flaky.on_same_runs) == {"passed", "failed"}
    assert sum(flaky.executed.values()) == sum(flaky.on_same_runs.values()) == TIMES


def test_work_that_varies_is_told_apart(judged: Callable[..., Examined]) -> None:
    found = judged({"add.py": TOSSING})
    assert found.flaky
    assert {one.whose for one in found.flaky} == {Whose.SUBMISSION}
    assert all(len(one.on_same_runs) == 1 for one in found.flaky)
    assert "out/sum.json of the run `fresh`" in found.varying


def test_of_live_code_nobody_can_say_more(judged: Callable[..., Examined]) -> None:
    toss = f"import pathlib, sys\nsys.exit({COIN})\n"
    (flaky,) = judged({"add.py": SOUND, "toss.py": toss}, HIDDEN + LIVE_TOSS).flaky
    assert (flaky.check, flaky.whose) == ("toss", Whose.TEST_OR_LIVE_CODE)
