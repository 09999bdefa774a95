"""Hidden tests change: all are judged again, on the runs on record wherever these still hold."""

from __future__ import annotations

import shutil
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from tiny_task import HIDDEN, SOUND, write_tiny_task
from watchers import Quiet

from graders.evidence import without_times
from runner.batch import Pace, grade_batch
from runner.pipeline import GradeRequest
from runner.records import Basis, JobState
from runner.regrade import changes, make_plan
from sandbox.model import Role
from tasks.loader import load_task

if TYPE_CHECKING:
    from collections.abc import Callable

    from runner.records import Past
    from runner.regrade import Change, Plan
    from runner.workshop import Workshop
    from sandbox.model import ContainerSpec
    from tasks.model import Task

pytestmark = pytest.mark.docker

WRONG = SOUND.replace("json.dumps(sum(", "json.dumps(1 + sum(")
STRICTER = HIDDEN.replace(
    'assert deliverables.json("fresh", "out/sum.json") == expected',
    'assert deliverables.json("fresh", "out/sum.json") == expected + 1',
)
"""Judges the sound work wrong and the wrong work right."""
LIVE = (
    HIDDEN
    + '''

@pytest.mark.check("live", criterion="correctness", points=1)
def test_live(candidate):
    """The program runs again while the hidden tests watch."""
    result = candidate.run(["python", "add.py", "{data}", "{out}"], scenario="fresh")
    assert result.finished, result.stderr
'''
)


@pytest.fixture
def started(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> Counter[Role]:
    """Count the containers that are started, by role."""
    counts: Counter[Role] = Counter()
    start = workshop.sandbox.start

    def counting(spec: ContainerSpec) -> Any:
        counts[spec.role] += 1
        return start(spec)

    monkeypatch.setattr(workshop.sandbox, "start", counting)
    return counts


@pytest.fixture
def grade(
    workshop: Workshop, tiny_task: Callable[..., Task], submit: Callable[..., str]
) -> Callable[..., Task]:
    """Grade what candidates handed in, delete it, and return the task."""

    def run(task: Task | None = None, **work: str) -> Task:
        task = task or tiny_task()
        sources = [submit({"add.py": code}, name) for name, code in work.items()]
        requests = [
            GradeRequest(task=task, source=source, candidate=name)
            for name, source in zip(work, sources, strict=True)
        ]
        grade_batch(workshop, requests, pace=Pace(), watcher=Quiet())
        for source in sources:
            shutil.rmtree(source)
        return task

    return run


def plan(workshop: Workshop, task: Task, **how: Any) -> Plan:
    found = workshop.records.history.latest()
    return make_plan(found, {task.id: task}, workshop.images, why="a test", **how)


def regrade(workshop: Workshop, task: Task, **how: Any) -> dict[str, Change]:
    """Judge again, and return what came of it by candidate."""
    affected = plan(workshop, task, **how).affected
    if affected:
        batch = grade_batch(workshop, affected, pace=Pace(), watcher=Quiet())
        failed = list(workshop.records.queue.facts(batch, JobState.FAILED))
        assert not failed, failed[0].troubles
    found = changes(workshop.records, workshop.records.history.latest(), {task.id: task})
    return {one.after.candidate: one for one in found}


def changed_task(task: Task, **changes: Any) -> Task:
    return load_task(write_tiny_task(task.path.parent, **changes))


def last(workshop: Workshop, candidate: str) -> Past:
    return workshop.records.history.of(candidate)[-1]


def plain(workshop: Workshop, number: int) -> Any:
    return without_times(workshop.records.grading(number).model_dump(mode="json"))


def test_changed_hidden_tests_judge_the_runs_on_record(
    workshop: Workshop, grade: Callable[..., Task], started: Counter[Role]
) -> None:
    task = changed_task(grade(LYNX=SOUND, OTTER=WRONG), hidden=STRICTER)
    started.clear()
    found = regrade(workshop, task)
    assert found["LYNX"].checks == (("sum-fresh", "passed", "failed"),)
    assert found["OTTER"].checks == (("sum-fresh", "failed", "passed"),)
    assert [one.after.circumstances.basis for one in found.values()] == [Basis.KEPT, Basis.KEPT]
    assert started == {Role.GRADE: 4}  # data and hidden tests for each; nothing of theirs ran
    points = [(one["candidate"], one["points"]) for one in workshop.records.latest_results()]
    assert points == [("LYNX", 1.0), ("OTTER", 2.0)]


def test_the_same_tests_come_to_the_same_evidence(
    workshop: Workshop, grade: Callable[..., Task]
) -> None:
    task = grade(LYNX=SOUND)
    change = regrade(workshop, task, everything=True)["LYNX"]
    assert not change.differs
    assert plain(workshop, change.before.number) == plain(workshop, change.after.number)


def test_the_same_command_again_judges_nothing(
    workshop: Workshop, grade: Callable[..., Task], started: Counter[Role]
) -> None:
    task = changed_task(grade(LYNX=SOUND), hidden=STRICTER)
    first = regrade(workshop, task)
    started.clear()
    assert not plan(workshop, task).affected
    assert regrade(workshop, task) == first
    assert not started


def test_checks_of_live_code_execute_it(
    workshop: Workshop, grade: Callable[..., Task], started: Counter[Role]
) -> None:
    task = changed_task(grade(LYNX=SOUND), hidden=LIVE)
    started.clear()
    change = regrade(workshop, task)["LYNX"]
    assert change.checks == (("live", "none", "passed"),)
    assert change.after.circumstances.basis is Basis.KEPT_AND_LIVE
    assert started[Role.CANDIDATE] == 1  # for the check; the two runs are on record


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"wall_time_s": 4}, "the limits changed"),
        ({"memory": "80 MiB"}, "the limits changed"),
    ],
)
def test_other_limits_execute_again(
    workshop: Workshop, grade: Callable[..., Task], changes: dict[str, Any], why: str
) -> None:
    task = changed_task(grade(LYNX=SOUND), **changes)
    how = regrade(workshop, task)["LYNX"].after.circumstances
    assert (how.basis, how.why_executed) == (Basis.EXECUTED, why)
    assert how.kept is not None
    assert how.kept != workshop.records.history.of("LYNX")[0].circumstances.kept
