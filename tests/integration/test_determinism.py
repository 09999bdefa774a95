"""Judged again and again: what varies is named, and whose doing it is."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from tiny_task import HIDDEN, SOUND
from watchers import Quiet

from runner.batch import Pace, grade_batch
from runner.pipeline import GradeRequest
from runner.regrading.determinism import Examined, Whose, examine
from runner.regrading.steps import make_plan
from sandbox.model import MIB

if TYPE_CHECKING:
    from collections.abc import Callable

    from runner.workshop import Workshop
    from sandbox.base import Container
    from sandbox.model import ContainerSpec, Role
    from tasks.model import Task

pytestmark = pytest.mark.docker

TIMES = 2
TURN = "(__import__('shutil').disk_usage('/work').total >> 20)"
"""A number that is one more in each container of a role: chance that the tests can rely on."""
FLAKY = f'''

@pytest.mark.check("flaky", criterion="correctness", points=1)
def test_flaky():
    """Every other container passes."""
    assert {TURN} % 2
'''
LIVE = '''

@pytest.mark.check("live", criterion="correctness", points=1)
def test_live(candidate):
    """The program ends well."""
    assert candidate.run(["python", "live.py"]).finished
'''
VARYING = f"{SOUND}\nif {TURN} // 2 % 2: (out / 'sum.json').write_text('0')\n"
"""Right in both runs, or wrong in both."""


@pytest.fixture(autouse=True)
def turns(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give each container of a role one MiB of disk more than the last one."""
    counts: Counter[Role] = Counter()
    start = workshop.sandbox.start

    def numbered(spec: ContainerSpec) -> Container:
        room = (64 + counts[spec.role]) * MIB
        counts[spec.role] += 1
        return start(replace(spec, limits=replace(spec.limits, disk_bytes=room)))

    monkeypatch.setattr(workshop.sandbox, "start", numbered)


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
    (flaky,) = judged({"add.py": SOUND}, HIDDEN + FLAKY).flaky
    assert (flaky.check, flaky.whose) == ("flaky", Whose.HIDDEN_TEST)
    assert flaky.executed == flaky.on_same_runs == {"passed": 1, "failed": 1}


def test_work_that_varies_is_told_apart(judged: Callable[..., Examined]) -> None:
    found = judged({"add.py": VARYING})
    assert [one.check for one in found.flaky] == ["sum-public", "sum-fresh"]
    assert {one.whose for one in found.flaky} == {Whose.SUBMISSION}
    assert all(one.executed == {"passed": 1, "failed": 1} for one in found.flaky)
    assert all(len(one.on_same_runs) == 1 for one in found.flaky)
    runs = ("public", "fresh")
    assert found.varying == tuple(f"out/sum.json of the run `{name}`" for name in runs)


def test_of_live_code_nobody_can_say_more(judged: Callable[..., Examined]) -> None:
    live = f"import sys\nsys.exit({TURN} % 2)\n"
    (flaky,) = judged({"add.py": SOUND, "live.py": live}, HIDDEN + LIVE).flaky
    assert (flaky.check, flaky.whose) == ("live", Whose.TEST_OR_LIVE_CODE)
