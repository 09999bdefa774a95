"""The engine stops in the middle: nobody's score, and the same command goes on."""

from __future__ import annotations

import contextlib
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from engine_proxy import EngineProxy
from watchers import Quiet

from graders.evidence import State
from graders.grade_containers import GradeContainers
from runner.batch import Pace, grade_batch, outcomes
from runner.pipeline import GradeRequest, grade_submission
from sandbox.docker_engine import DockerSandbox
from sandbox.errors import EngineUnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from runner.workshop import Workshop
    from tasks.model import Task

pytestmark = pytest.mark.docker

SLOW = """
import json, pathlib, sys, time
time.sleep(2)
data, out = map(pathlib.Path, sys.argv[1:])
out.mkdir(exist_ok=True)
(out / "sum.json").write_text(json.dumps(sum(json.loads((data / "numbers.json").read_text()))))
"""


def on_engine(workshop: Workshop, proxy: EngineProxy) -> Workshop:
    sandbox = DockerSandbox(base_url=proxy.url)
    return replace(workshop, sandbox=sandbox, graders=GradeContainers(sandbox))


def test_an_engine_that_stops_is_nobodys_score_and_the_same_command_goes_on(
    workshop: Workshop,
    tiny_task: Callable[..., Task],
    submit: Callable[..., str],
    tmp_path: Path,
    left: Callable[[], list[dict[str, Any]]],
) -> None:
    proxy = EngineProxy(tmp_path / "engine.sock")
    behind = on_engine(workshop, proxy)
    task = tiny_task()
    request = GradeRequest(task=task, source=submit({"add.py": SLOW}), candidate="LYNX-1")
    phases: list[str] = []
    seen = threading.Event()

    def on_phase(name: str) -> None:
        phases.append(name)
        if name == "run":
            seen.set()

    def stop_in_the_run() -> None:
        assert seen.wait(60)
        time.sleep(1.5)
        proxy.stop()

    thread = threading.Thread(target=stop_in_the_run)
    thread.start()
    first = grade_submission(behind, replace(request, on_phase=on_phase)).evidence
    thread.join()
    assert first.state is State.NOT_GRADABLE
    assert first.reason.startswith("The machine's fault")
    assert first.checks == ()
    assert (first.points, first.max_points) == (0, 0)
    gone = DockerSandbox(base_url=proxy.url)
    with contextlib.closing(gone), pytest.raises(EngineUnavailableError):
        gone.remove_leftovers()

    proxy.start()
    behind.sandbox.close()  # what could not be removed then is removed now
    again = on_engine(workshop, proxy)
    second = grade_submission(again, request)
    assert not second.reused
    assert second.evidence.state is State.GRADED
    assert second.evidence.points == 3
    assert [one.state for one in workshop.records.latest()] == [State.GRADED]
    again.sandbox.close()
    proxy.stop()
    assert not left()


def test_a_batch_goes_on_past_one_bad_submission(
    workshop: Workshop, tiny_task: Callable[..., Task], submit: Callable[..., str]
) -> None:
    task = tiny_task()
    requests = [
        GradeRequest(task=task, source=submit({"add.py": code}, name), candidate=name)
        for name, code in (("A", SLOW), ("B", "1 / 0"), ("C", SLOW))
    ]
    batch_id = grade_batch(workshop, requests, pace=Pace(workers=3), watcher=Quiet())
    found = list(outcomes(workshop, batch_id))
    assert [one.points for one in found] == [3, 0, 3]
    assert {one.state for one in found} == {State.GRADED}
