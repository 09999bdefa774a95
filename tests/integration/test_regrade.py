"""Hidden tests change: all are judged again, on the runs on record wherever these still hold."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from tiny_task import HIDDEN, SOUND, VARIANT, write_tiny_task
from watchers import Quiet

from graders.evidence import State, without_times
from runner.batch import Pace, grade_batch
from runner.pipeline import GradeRequest
from runner.records import Basis, JobState
from runner.regrading.steps import changes, make_plan
from sandbox.model import Role
from tasks.catalogs import Catalog
from tasks.loader import load_task

if TYPE_CHECKING:
    from collections.abc import Callable

    from runner.records import Past
    from runner.regrading.steps import Change, Plan
    from runner.workshop import Workshop
    from sandbox.images import Images
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
SERVICE = """
[service]
command = ["python", "-m", "http.server", "{port}"]
port = 9000
ready_path = "/"
continues = "public"
"""


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
    assert started[Role.CANDIDATE] == 0  # nothing of theirs ran
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


def test_another_image_executes_again(
    workshop: Workshop, grade: Callable[..., Task], images: Images
) -> None:
    task = grade(LYNX=SOUND)
    tag = images.ensure("python-data").tag
    other = replace(workshop, images=replace(workshop.images, candidate=tag))
    how = regrade(other, task, everything=True)["LYNX"].after.circumstances
    assert (how.basis, how.why_executed) == (Basis.EXECUTED, "the image changed")


def test_other_hidden_data_execute_again(workshop: Workshop, grade: Callable[..., Task]) -> None:
    other = VARIANT.replace("0, 1000, 20", "0, 1000, 20 if scenario == 'public' else 21")
    task = changed_task(grade(LYNX=SOUND), variant=other)
    how = regrade(workshop, task)["LYNX"].after.circumstances
    assert how.why_executed == "the data of `fresh` changed"


def test_nobody_is_judged_on_data_they_have_never_seen(
    workshop: Workshop, grade: Callable[..., Task], started: Counter[Role]
) -> None:
    task = changed_task(grade(LYNX=SOUND), variant=VARIANT.replace("1000", "2000"))
    started.clear()
    words = refused(workshop, task)
    assert words.startswith("The data of LYNX are not those they worked on")
    assert last(workshop, "LYNX").replaces is None
    assert started[Role.CANDIDATE] == 0


def test_broken_hidden_tests_leave_the_last_grading_standing(
    workshop: Workshop, grade: Callable[..., Task]
) -> None:
    task = changed_task(grade(LYNX=SOUND), hidden=f"{HIDDEN}\nimport os\n\nos._exit(1)\n")
    words = refused(workshop, task)
    assert words.startswith("The task author's fault: ")
    assert words.endswith("The last grading stands; the same command tries again.")
    assert (last(workshop, "LYNX").state, last(workshop, "LYNX").replaces) == ("graded", None)
    mended = changed_task(task, hidden=STRICTER)
    assert regrade(workshop, mended)["LYNX"].differs


def test_a_service_in_the_container_of_a_run_is_executed_again(
    workshop: Workshop, grade: Callable[..., Task], tiny_task: Callable[..., Task],
    started: Counter[Role],
) -> None:  # fmt: skip
    folder = tiny_task().path
    manifest = folder / "task.toml"
    text = manifest.read_text().replace('kind = "repo"', 'kind = "service"')
    manifest.write_text(text + SERVICE)
    task = grade(load_task(folder), LYNX=SOUND)
    assert last(workshop, "LYNX").circumstances.kept is None
    started.clear()
    how = regrade(workshop, task, everything=True)["LYNX"].after.circumstances
    assert how.why_executed == "the service goes on in the container of a run"
    assert started[Role.CANDIDATE] == 2


@pytest.mark.parametrize("what", ["changed", "missing"])
def test_runs_on_record_that_are_not_whole_are_executed_again(
    workshop: Workshop, grade: Callable[..., Task], what: str
) -> None:
    task = grade(LYNX=SOUND)
    kept = last(workshop, "LYNX").circumstances.kept
    assert kept is not None
    place = workshop.records.home / "objects" / kept[:2] / kept[2:]
    if what == "changed":
        place.write_bytes(place.read_bytes().replace(b"exited", b"exitex"))
    else:
        place.unlink()
    change = regrade(workshop, task, everything=True)["LYNX"]
    assert change.after.circumstances.why_executed == "no runs are on record"
    assert not change.differs


def test_a_damaged_submission_stops_nobody_else(
    workshop: Workshop, grade: Callable[..., Task]
) -> None:
    task = changed_task(grade(LYNX=SOUND, OTTER=WRONG), hidden=STRICTER)
    objects = workshop.records.objects
    listing = json.loads(objects.get(last(workshop, "LYNX").files or ""))
    file = listing["add.py"]
    (workshop.records.home / "objects" / file[:2] / file[2:]).write_bytes(b"print()")
    assert refused(workshop, task) == (
        f"The stored file {file[:12]} was changed. The last grading stands."
    )
    assert [last(workshop, name).result["points"] for name in ("LYNX", "OTTER")] == [3, 2]


HOSTILE = {
    "a pickle": r"b'\x80\x04\x95\x1f\x00\x00\x00cos\nsystem\n(S\'touch /tmp/owned\'\ntR.'",
    "code": 'b\'__import__("os").system("touch /tmp/owned")\'',
    "a number that is none": "b'NaN'",
    "a page": "b'<script>alert(1)</script>\\x1b[2J'",
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_what_is_on_record_is_data_and_gains_nothing(
    workshop: Workshop, grade: Callable[..., Task], started: Counter[Role], content: str
) -> None:
    write = f'import pathlib, sys\npathlib.Path(sys.argv[2], "sum.json").write_bytes({content})\n'
    task = grade(LYNX=write, OTTER=SOUND)
    before = plain(workshop, last(workshop, "LYNX").number)
    assert before["runs"][0]["deliverables"][0]["state"] == "ok"
    started.clear()
    found = regrade(workshop, task, everything=True)
    assert started[Role.CANDIDATE] == 0
    assert plain(workshop, found["LYNX"].after.number) == before
    assert found["LYNX"].after.result["points"] == 0
    assert found["OTTER"].after.result["points"] == 3  # the honest twin


def test_gradings_are_a_history_with_reasons(
    workshop: Workshop, grade: Callable[..., Task]
) -> None:
    task = grade(LYNX=SOUND)
    stricter = changed_task(task, hidden=STRICTER)
    regrade(workshop, stricter)
    milder = changed_task(task)
    regrade(workshop, milder)  # the first tests again: the first grading is not what shows
    found = workshop.records.history.of("LYNX")
    assert [one.circumstances.why for one in found] == ["graded", *["regraded: a test"] * 2]
    assert [one.replaces for one in found] == [None, found[0].number, found[1].number]
    assert [one.result["points"] for one in found] == [3, 1, 3]
    assert plain(workshop, found[0].number) == plain(workshop, found[2].number)
    assert {one.received_at for one in found} == {found[0].received_at}
    assert [one["points"] for one in workshop.records.latest_results()] == [3]


@pytest.mark.parametrize("task_id", ["orders-etl", "churn-leak", "flaky-upstream"])
def test_runs_on_record_come_to_the_same_evidence(
    workshop: Workshop, task_id: str, started: Counter[Role]
) -> None:
    task = Catalog.from_setting(None).load(task_id)
    sound = next(one for one in task.solutions if one.kind.value == "sound")
    request = GradeRequest(task=task, source=str(task.solution_path(sound)), candidate="LYNX")
    grade_batch(workshop, [request], pace=Pace(), watcher=Quiet())
    started.clear()
    change = regrade(workshop, task, everything=True)["LYNX"]
    before = workshop.records.grading(change.before.number)
    after = workshop.records.grading(change.after.number)
    assert before.state is State.GRADED
    assert before.points == before.max_points
    assert after.runs == before.runs  # seconds and memory included
    assert plain(workshop, change.after.number) == plain(workshop, change.before.number)
    assert change.after.circumstances.basis in (Basis.KEPT, Basis.KEPT_AND_LIVE)
    assert started[Role.STUB] == 0


def refused(workshop: Workshop, task: Task) -> str:
    """Try to judge again what cannot be, and return what is said of it."""
    batch = grade_batch(workshop, plan(workshop, task).affected, pace=Pace(), watcher=Quiet())
    (failed,) = workshop.records.queue.facts(batch, JobState.FAILED)
    return failed.troubles[-1]["words"]
