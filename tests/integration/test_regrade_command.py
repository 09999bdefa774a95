"""The command as a person types it: what it says, and what becomes of it when it is killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest
from owned import containers_of
from tiny_task import HIDDEN, SOUND, write_tiny_task
from watchers import Quiet

from runner.batch import Pace, grade_batch
from runner.pipeline import GradeRequest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from runner.workshop import Workshop
    from sandbox.docker_engine import DockerSandbox
    from tasks.model import Task

pytestmark = pytest.mark.docker

CODES = ("HERON-1", "LYNX-1", "OTTER-1")
STRICTER = HIDDEN.replace(
    'json("fresh", "out/sum.json") == expected', 'json("fresh", "out/sum.json") == expected + 1'
)
TOGETHER_S = 120


class Command:
    """`worksample` on the catalog and the records of a test."""

    def __init__(self, home: Path, catalog: Path) -> None:
        self._places = ["--home", str(home)]
        self._catalog = ["--catalog", str(catalog)]
        self.processes: list[int] = []

    def start(self, *words: str) -> subprocess.Popen[str]:
        catalog = self._catalog if words[0] == "regrade" else []
        process = subprocess.Popen(
            [sys.executable, "-c", "from runner.cli import main; main()", *words, *self._places,
             *catalog],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
        )  # fmt: skip
        self.processes.append(process.pid)
        return process

    def say(self, *words: str, code: int = 0) -> str:
        """Run it to its end and return what it says on stdout and stderr."""
        process = self.start(*words)
        out, error = process.communicate(timeout=TOGETHER_S)
        assert process.returncode == code, error
        return out if code == 0 else out + error


@pytest.fixture
def command(
    workshop: Workshop, tiny_task: Callable[..., Task], submit: Callable[..., str]
) -> Command:
    """Grade three submissions and change the hidden tests."""
    task = tiny_task()
    requests = [
        GradeRequest(task=task, source=submit({"add.py": SOUND}, code), candidate=code)
        for code in CODES
    ]
    grade_batch(workshop, requests, pace=Pace(), watcher=Quiet())
    write_tiny_task(task.path.parent, hidden=STRICTER)
    return Command(workshop.records.home, task.path.parent)


def test_it_says_what_differs_and_why(command: Command) -> None:
    said = command.say("regrade", "tiny", "--dry-run")
    assert said.startswith("3 would be judged again, 3 of them with runs on record.\n")
    said = command.say("regrade", "tiny", "--candidate", "LYNX-1", "--reason", "off by one")
    assert "LYNX-1     tiny  3/3 -> 1/3  sum-fresh: passed -> failed" in said
    assert "1 regraded: 1 with another verdict, 0 with the same.\n" in said
    assert "1 judged on the runs on record.\n" in said
    facts = json.loads(command.say("regrade", "tiny", "--format", "json"))
    assert [one["candidate"] for one in facts["regraded"]] == list(CODES)
    assert {one["basis"] for one in facts["regraded"]} == {"kept_runs"}
    assert [facts[name] for name in ("current", "left", "failed")] == [0, [], []]
    (first, second) = json.loads(command.say("history", "LYNX-1", "--format", "json"))["history"]
    assert (first["why"], second["why"]) == ("graded", "regraded: off by one")
    assert second["checks"] == [{"check": "sum-fresh", "before": "passed", "after": "failed"}]
    said = command.say("regrade", "tiny", "--check-determinism", "2")
    assert said == "3 submission(s) judged 2 times each: 0 check(s) came to different outcomes.\n"


def test_nobody_of_another_version_is_judged(
    command: Command, tiny_task: Callable[..., Task]
) -> None:
    manifest = tiny_task().path / "task.toml"
    manifest.write_text(manifest.read_text().replace("1.0.0", "1.1.0"))
    said = command.say("regrade", code=2)
    assert "put the changed hidden tests into tiny 1.0.0 and name its folder" in said
    assert "0 regraded" in said


@pytest.mark.parametrize(("number", "code"), [(signal.SIGKILL, -9), (signal.SIGINT, 130)])
def test_the_same_command_goes_on(
    command: Command, workshop: Workshop, docker_sandbox: DockerSandbox, number: int, code: int
) -> None:
    process = command.start("regrade", "tiny", "-j", "1")
    deadline = time.monotonic() + TOGETHER_S
    while not regraded(workshop) and process.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    os.killpg(process.pid, number)
    process.communicate(timeout=60)
    assert process.returncode == code
    assert 0 < len(regraded(workshop)) < len(CODES)
    if number == signal.SIGINT:
        assert not containers_of(docker_sandbox, *command.processes)
    facts: dict[str, Any] = json.loads(command.say("regrade", "tiny", "--format", "json"))
    assert [one["candidate"] for one in facts["regraded"]] == list(CODES)
    assert regraded(workshop) == list(CODES)
    assert not containers_of(docker_sandbox, *command.processes)


def regraded(workshop: Workshop) -> list[str]:
    """Return whose gradings have been made again, once for each time."""
    history = workshop.records.history
    return [one.candidate for code in CODES for one in history.of(code) if one.is_regrading]
