"""Gradings on real Dask workers and real containers, some of them killed in the middle."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from owned import containers_of
from tiny_task import SOUND, write_tiny_task
from watchers import Quiet

from graders.evidence import without_times
from graders.grade_containers import GradeContainers
from graders.kept_runs import from_bytes
from graders.material import GradingImages
from runner.batch import Pace, grade_batch, outcomes
from runner.cli import run
from runner.pipeline import GradeRequest
from runner.records import JobState, Records
from runner.remote.elsewhere import ExecutorUnavailableError, elsewhere
from runner.workshop import Workshop
from sandbox.docker_engine import DockerSandbox
from tasks.loader import load_task

pytest.importorskip("distributed", reason="needs worksample[dask]")

from dask_cluster import DaskCluster

from runner.remote.cluster import open_cluster

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tasks.model import Task

pytestmark = [pytest.mark.docker, pytest.mark.xdist_group("cluster")]

SUBMISSIONS = 12
CODES = (SOUND, SOUND.replace("sum(", "1 + sum("), "1 / 0", SOUND)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the task and the submissions: sound, wrong and failing ones."""
    folder = tmp_path_factory.mktemp("cluster")
    write_tiny_task(folder / "catalog")
    for number in range(SUBMISSIONS):
        source = folder / "in" / f"LYNX-{number:02}"
        source.mkdir(parents=True)
        (source / "add.py").write_text(CODES[number % len(CODES)])
    return folder


@pytest.fixture(scope="module")
def task(place: Path) -> Task:
    return load_task(place / "catalog" / "tiny")


@pytest.fixture(scope="module")
def cluster(place: Path) -> Iterator[DaskCluster]:
    made = DaskCluster(place, workers=3)
    yield made
    made.stop()


@pytest.fixture(scope="module")
def workshop(
    place: Path, docker_sandbox: DockerSandbox, candidate_image: str, grade_image: str
) -> Iterator[Workshop]:
    """Give a workshop whose gradings of all submissions are on record, made here."""
    sandbox = DockerSandbox()
    records = Records(place / "home")
    graders = GradeContainers(sandbox)
    yield Workshop(
        sandbox=sandbox,
        graders=graders,
        engine=sandbox.info(),
        images=GradingImages(candidate=candidate_image, grade=grade_image),
        records=records,
    )
    sandbox.close()
    records.close()


@pytest.fixture(scope="module")
def local(workshop: Workshop, place: Path, task: Task) -> dict[str, Any]:
    """Return what the submissions come to when they are graded here."""
    batch_id = grade_batch(workshop, requests(place, task), pace=Pace(workers=2), watcher=Quiet())
    workshop.graders.close()
    return verdicts(workshop, batch_id)


def requests(place: Path, task: Task, count: int = SUBMISSIONS) -> list[GradeRequest]:
    sources = sorted((place / "in").iterdir())[:count]
    return [GradeRequest(task=task, source=str(one), candidate=one.name) for one in sources]


def verdicts(workshop: Workshop, batch_id: str) -> dict[str, Any]:
    return {
        one.submission.candidate: without_times(one.model_dump(mode="json"))
        for one in outcomes(workshop, batch_id)
    }


def kept_grounds(workshop: Workshop, numbers: range) -> dict[str, Any]:
    """Return on what the kept runs of gradings stand."""
    objects = workshop.records.objects
    return {
        one.candidate: dict(from_bytes(objects.get(one.circumstances.kept or "")).grounds)
        for one in workshop.records.history.numbered(numbers)
    }


def again(requests: Sequence[GradeRequest]) -> list[GradeRequest]:
    return [replace(one, again=True) for one in requests]


class Killer(Quiet):
    """Kills a worker after so many submissions."""

    def __init__(self, cluster: DaskCluster, plan: dict[int, str]) -> None:
        super().__init__()
        self._cluster = cluster
        self._plan = plan
        self.killed: list[int] = []

    def done(self, position: int, result: dict[str, Any], *, reused: bool) -> None:
        super().done(position, result, reused=reused)
        name = self._plan.pop(len(self.results), None)
        if name is not None:
            self.killed.append(self._cluster.workers[name].pid)
            self._cluster.kill_worker(name)
            self._cluster.start_worker(f"{name}-again")


def test_workers_killed_in_the_middle_come_to_the_same(
    cluster: DaskCluster,
    docker_sandbox: DockerSandbox,
    workshop: Workshop,
    place: Path,
    task: Task,
    local: dict[str, Any],
) -> None:
    killer = Killer(cluster, {2: "worker-0", 5: "worker-1"})
    numbers = len(workshop.records.latest())
    with open_cluster(cluster.url) as executor:
        assert executor.threads() == 3
        equipped = elsewhere(workshop, executor, check=executor.check)
        asked = again(requests(place, task))
        batch_id = grade_batch(equipped, asked, pace=Pace(workers=3), watcher=killer)
    assert len(killer.killed) == 2
    assert verdicts(workshop, batch_id) == local
    assert len(killer.results) == numbers == SUBMISSIONS
    facts = list(workshop.records.queue.facts(batch_id, JobState.DONE))
    assert [one.reused for one in facts] == [False] * SUBMISSIONS
    # Each was recorded once in each of the two rounds.
    assert sorted(one.grading or 0 for one in facts) == list(range(13, 25))
    # The runs that workers recorded are kept as those recorded here are.
    assert kept_grounds(workshop, range(13, 25)) == kept_grounds(workshop, range(1, 13))
    docker_sandbox.remove_leftovers()
    assert containers_of(docker_sandbox, *killer.killed) == []


def test_the_command_takes_a_cluster(
    cluster: DaskCluster, workshop: Workshop, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = place / "other-home"
    arguments = ["grade", "tiny", *(str(place / "in" / f"LYNX-0{n}") for n in (0, 1)),
                 "--catalog", str(place / "catalog"), "--home", str(home),
                 "--engine", cluster.url, "--format", "json"]  # fmt: skip
    assert run(arguments) == 0
    said = capsys.readouterr()
    assert [one["state"] for one in json.loads(said.out)["evidence"]] == ["graded"] * 2
    assert f"Grading on {cluster.url}, 3 at the same time." in said.err
    assert run(arguments) == 0
    assert "graded before" in capsys.readouterr().err


def test_ctrl_c_gives_everything_back_at_once(cluster: DaskCluster, place: Path) -> None:
    home = place / "third-home"
    process = subprocess.Popen(
        [sys.executable, "-c", "from runner.cli import main; main()", "grade", "tiny",
         *map(str, sorted((place / "in").iterdir())), "--catalog", str(place / "catalog"),
         "--home", str(home), "--engine", cluster.url],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(one for one in sys.path if one)},
        stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    deadline = time.monotonic() + 60
    records = Records(home)
    while not (found := records.queue.batches()) or not any(
        one.phase == "elsewhere" for one in records.queue.facts(found[0][0], JobState.RUNNING)
    ):
        assert time.monotonic() < deadline
        assert process.poll() is None
        time.sleep(0.05)
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    said = process.communicate(timeout=30)[1].decode()
    assert process.returncode == 130, said
    assert time.monotonic() - began < 15
    counts = records.queue.counts(found[0][0])
    records.close()
    assert set(counts) <= {"queued", "graded"}
    assert counts["queued"] > 0


def test_any_executor_will_do(
    docker_sandbox: DockerSandbox,
    workshop: Workshop,
    place: Path,
    task: Task,
    local: dict[str, Any],
) -> None:
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(2, mp_context=spawn) as executor:
        asked = again(requests(place, task, 2))
        batch_id = grade_batch(
            elsewhere(workshop, executor), asked, pace=Pace(workers=2), watcher=Quiet()
        )
        pids = list(executor._processes)
    found = verdicts(workshop, batch_id)
    assert found == {code: local[code] for code in found}
    assert len(found) == 2
    assert containers_of(docker_sandbox, *pids) == []


def test_a_scheduler_that_is_gone_ends_the_batch_and_loses_nothing(
    workshop: Workshop, place: Path, task: Task, tmp_path: Path, local: dict[str, Any]
) -> None:
    own = DaskCluster(tmp_path, workers=1)
    asked = again(requests(place, task, 3))

    class Stopper(Quiet):
        def done(self, position: int, result: dict[str, Any], *, reused: bool) -> None:
            super().done(position, result, reused=reused)
            own.scheduler.kill()

    pace = Pace(workers=1, patience_s=2.0)
    with open_cluster(own.url) as executor:
        equipped = elsewhere(workshop, executor, check=executor.check)
        with pytest.raises(ExecutorUnavailableError, match="cannot be reached"):
            grade_batch(equipped, asked, pace=pace, watcher=Stopper())
    own.stop()
    ((batch_id, _), *_) = workshop.records.queue.batches()
    assert workshop.records.queue.counts(batch_id) == {"graded": 1, "queued": 2}
    batch_id = grade_batch(workshop, asked, pace=Pace(workers=2), watcher=Quiet())
    found = verdicts(workshop, batch_id)
    assert found == {code: local[code] for code in found}
    assert workshop.records.queue.counts(batch_id) == {"graded": 3}


def test_workers_that_end_leave_nothing(
    cluster: DaskCluster, docker_sandbox: DockerSandbox
) -> None:
    pids = [process.pid for process in cluster.workers.values()]
    cluster.stop()
    assert containers_of(docker_sandbox, *pids) == []


def test_no_scheduler_is_said_at_once(capsys: pytest.CaptureFixture[str], place: Path) -> None:
    arguments = ["grade", "tiny", str(place / "in" / "LYNX-00"), "--catalog",
                 str(place / "catalog"), "--home", str(place / "fourth-home")]  # fmt: skip
    assert run([*arguments, "--engine", "dask://127.0.0.1:1"]) == 5
    assert "no scheduler answers at dask://127.0.0.1:1" in capsys.readouterr().err
    assert run([*arguments, "--engine", "127.0.0.1:8786"]) == 2
    assert "dask://HOST:PORT" in capsys.readouterr().err
