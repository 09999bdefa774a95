"""Each sandbox under test, with what a test needs to speak to whatever runs in it."""

from __future__ import annotations

import os
import signal
import sys
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from graders.guests import PYTHON, agent_command
from graders.session import CandidateSession, Command, CommandResult
from sandbox.fake import FakeContainer
from sandbox.model import MIB, ContainerSpec, Limits, Role

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.base import Container, Sandbox
    from sandbox.engine_api import Client

WIRE = """
import json, os, struct, sys, time
def write(header, body=b""):
    head = json.dumps(header).encode()
    data = struct.pack(">II", len(head), len(body)) + head + body
    view = memoryview(data)
    while view: view = view[os.write(1, view):]
def read():
    heads, bodies = struct.unpack(">II", take(8))
    return json.loads(take(heads)), take(bodies)
def take(count):
    data = b""
    while len(data) < count: data += os.read(0, count - len(data)) or sys.exit(9)
    return data
"""
"""What a guest of a test's own needs to speak frames."""


class Place(NamedTuple):
    """Where an engine is, a connection of the test's own to it, and the image."""

    url: str
    api: Client
    image: str


@dataclass(frozen=True, kw_only=True)
class Box:
    """One sandbox under test; ``another`` opens a second one on the same engine."""

    name: str
    sandbox: Sandbox
    image: str
    another: Callable[[], Sandbox]
    engine: Client | None = None
    """A connection of the test's own to the engine, if there is one."""
    socket: str = ""
    """Where that engine listens."""
    run_id: str = field(default_factory=lambda: f"contract-{uuid.uuid4().hex[:12]}")
    """On the labels of everything that is started here."""

    @property
    def is_engine(self) -> bool:
        return self.engine is not None

    @property
    def api(self) -> Client:
        """The engine's own word; only for tests marked ``engine_only``."""
        assert self.engine is not None
        return self.engine

    @property
    def python(self) -> str:
        """The candidate's Python."""
        return PYTHON if self.is_engine else sys.executable

    def spec(self, code: str | None = None, **more: Any) -> ContainerSpec:
        """Describe a container that runs ``code`` as its guest, by default the agent."""
        command = agent_command() if code is None else (PYTHON, "-I", "-c", WIRE + code)
        facts: dict[str, Any] = {
            "role": Role.CANDIDATE,
            "image": self.image,
            "command": command,
            "limits": Limits(memory_bytes=256 * MIB),
            "run_id": self.run_id,
            **more,
        }
        return ContainerSpec(**facts)

    def start(self, code: str | None = None, **more: Any) -> Container:
        return self.sandbox.start(self.spec(code, **more))

    def session(self, **limits: Any) -> CandidateSession:
        """Start a container as submissions get it; ``limits`` differ from small defaults."""
        small = {"memory_bytes": 128 * MIB, "pids": 40, "disk_bytes": 16 * MIB}
        return CandidateSession(
            self.sandbox,
            image=self.image,
            limits=Limits(**{**small, **limits}),
            input_bytes=0,
            run_id=self.run_id,
        )

    def run(
        self,
        session: CandidateSession,
        code: str,
        *words: str,
        wall_time_s: float = 20,
        **more: Any,
    ) -> CommandResult:
        """Run Python in a session."""
        argv = (self.python, "-c", code, *words)
        return session.run(Command(argv=argv, wall_time_s=wall_time_s, **more))

    def say(self, session: CandidateSession, code: str, *words: str) -> str:
        """Run Python that must succeed and return what it prints."""
        result = self.run(session, code, *words)
        assert result.exit_code == 0, (result.exit_kind, result.stderr.decode())
        return result.stdout.decode().strip()

    def kill_from_outside(self, container: Container) -> None:
        """End the main process as an administrator would, without a word to the sandbox."""
        if isinstance(container, FakeContainer):
            os.kill(container.pid, signal.SIGKILL)
        else:
            self.api.kill(container.id, "SIGKILL")

    def left(self) -> list[str]:
        """Return what the engine still has of this box, running or not."""
        if not self.is_engine:
            return []
        filters = {"label": f"worksample.run={self.run_id}"}
        return [entry["Id"] for entry in self.api.containers(all=True, filters=filters)]


def processes_with(word: str) -> list[int]:
    """Return the processes of this machine, containers included, that have ``word`` as argument."""
    found = []
    for place in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if word.encode() in place.read_bytes().split(b"\0"):
                found.append(int(place.parent.name))
        except OSError:
            continue
    return found


def wait_until(true: Callable[[], object], *, timeout_s: float = 10) -> None:
    deadline = time.monotonic() + timeout_s
    while not true():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.02)


class Stopwatch:
    """Asserts that a block took no longer than ``at_most_s`` and no less than ``at_least_s``."""

    def __init__(self, *, at_least_s: float = 0.0, at_most_s: float) -> None:
        self._bounds = (at_least_s, at_most_s)

    def __enter__(self) -> None:
        self._started = time.monotonic()

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            seconds = time.monotonic() - self._started
            assert self._bounds[0] <= seconds <= self._bounds[1], f"{seconds:.2f} s"


IGNORES_SIGNALS = """
import signal, time
for number in set(range(1, 32)) - {9, 17, 19}: signal.signal(number, signal.SIG_IGN)
time.sleep(60)
"""
