"""Seconds and processor time of one repetition, and where they go.

Nothing of the product is changed: functions are wrapped while a grading runs and put back after it.
"""

from __future__ import annotations

import contextlib
import resource
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

import graders.checks
import graders.grade_containers
import graders.recorded
import runner.pipeline
from graders.grade_containers import GradeContainers
from graders.recorded import Recorder
from graders.session import CandidateSession
from runner.records import Records
from runner.records.objects import Objects
from sandbox.cgroup import read_usage
from sandbox.docker_container import DockerContainer
from sandbox.docker_engine import DockerSandbox
from sandbox.model import ContainerSpec, Role

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

INTAKE: Final = "intake (grading) / copy (bare)"
DATA: Final = "variant's data from the records"
START_CANDIDATE: Final = "candidate: create, start"
FILL_CANDIDATE: Final = "candidate: guest boots, files in"
COMMANDS: Final = "candidate: its own commands"
COLLECT: Final = "candidate: files out"
START_GRADE: Final = "grade: create, start"
FILL_GRADE: Final = "grade: guest boots, files in"
IMPORTS: Final = "grade: imports, collection, fixtures"
CHECKS: Final = "grade: checks"
END: Final = "containers end"
RECORDS: Final = "records"
OTHER: Final = "the rest"
PHASES: Final = (
    INTAKE, DATA, START_CANDIDATE, FILL_CANDIDATE, COMMANDS, COLLECT, START_GRADE, FILL_GRADE,
    IMPORTS, CHECKS, END, RECORDS, OTHER,
)  # fmt: skip
WORK: Final = (COMMANDS, IMPORTS, CHECKS)
"""The work itself; all the rest is what it takes to have it done in containers."""

_ENGINE: Final = ("dockerd", "containerd", "podman")


@dataclass
class Sample:
    """One repetition of one side."""

    wall_s: float = 0.0
    host_cpu_s: float = 0.0
    """This process and the programs it waited for."""
    candidate_cpu_s: float = 0.0
    grade_cpu_s: float = 0.0
    engine_cpu_s: float = 0.0
    """The engine's daemons; whatever else uses them meanwhile is in it, too."""
    phases_s: dict[str, float] = field(default_factory=dict)
    outcomes: dict[str, str] = field(default_factory=dict)
    """Check id -> outcome: both sides must have done the same work."""

    @property
    def cpu_s(self) -> float:
        """What the ratio is made of."""
        return self.host_cpu_s + self.candidate_cpu_s + self.grade_cpu_s

    @property
    def around_s(self) -> float:
        """Wall time of all but the work itself; a busy machine disturbs it least."""
        return sum(seconds for name, seconds in self.phases_s.items() if name not in WORK)


class Stopwatch:
    """Seconds by phase; while an inner phase runs, the outer one stands still."""

    def __init__(self) -> None:
        self.seconds = dict.fromkeys(PHASES, 0.0)
        self._stack: list[str] = []
        self._since = time.monotonic()

    def __enter__(self) -> Self:
        self._since = time.monotonic()
        self._stack.append(OTHER)
        return self

    def __exit__(self, *_: object) -> None:
        self._turn()
        self._stack.clear()

    @contextlib.contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Count what happens in the block as ``name``."""
        self._turn()
        self._stack.append(name)
        try:
            yield
        finally:
            self._turn()
            self._stack.pop()

    def move(self, source: str, target: str, seconds: float) -> None:
        """Count seconds elsewhere."""
        self.seconds[source] -= seconds
        self.seconds[target] += seconds

    def _turn(self) -> None:
        now = time.monotonic()
        if self._stack:
            self.seconds[self._stack[-1]] += now - self._since
        self._since = now


@contextlib.contextmanager
def measured(sample: Sample) -> Iterator[Stopwatch]:
    """Fill in wall time, processor time of this side's host processes, engine and phases."""
    watch = Stopwatch()
    host, engine, started = host_cpu_s(), _engine_cpu(), time.monotonic()
    with watch:
        yield watch
    sample.wall_s = time.monotonic() - started
    sample.host_cpu_s = host_cpu_s() - host
    sample.engine_cpu_s = _engine_cpu() - engine
    sample.phases_s = watch.seconds


@contextlib.contextmanager
def gradings_watched(sample: Sample, watch: Stopwatch, stay: GradeContainers) -> Iterator[None]:
    """Wrap what a grading calls; each container's counter is read just before it is ended.

    Of grade containers that stay only what they used in this block counts.
    """
    roles: dict[str, Role] = {}
    before = {container: _cpu_s(container) for container in stay.idle}

    def start(sandbox: DockerSandbox, spec: ContainerSpec) -> DockerContainer:
        name = START_GRADE if spec.role is Role.GRADE else START_CANDIDATE
        with watch.phase(name):
            container: DockerContainer = kept_start(sandbox, spec)
        roles[container.id] = spec.role
        return container

    def end(container: DockerContainer) -> Any:
        role = roles.pop(container.id, None)  # only the first call ends it
        if role is Role.GRADE:
            sample.grade_cpu_s += _cpu_s(container.id)
        elif role:
            sample.candidate_cpu_s += _cpu_s(container.id)
        with watch.phase(END):
            return kept_end(container)

    kept_start: Callable[..., Any] = DockerSandbox.start
    kept_end: Callable[..., Any] = DockerContainer.end
    places: tuple[tuple[Any, str, str], ...] = (
        (runner.pipeline, "take_in", INTAKE),
        (runner.pipeline, "obtain_variant", DATA),
        (Objects, "put_tree", RECORDS),
        (Records, "add_grading", RECORDS),
        (Recorder, "open_session", FILL_CANDIDATE),
        (CandidateSession, "replace_data", FILL_CANDIDATE),
        (CandidateSession, "run", COMMANDS),
        (CandidateSession, "collect", COLLECT),
        (graders.recorded, "_executed", COLLECT),
        (GradeContainers, "_take", FILL_GRADE),
        (graders.grade_containers, "_begin", FILL_GRADE),
        (graders.checks, "_converse", IMPORTS),
    )
    with contextlib.ExitStack() as stack:
        stack.enter_context(_replaced(DockerSandbox, "start", start))
        stack.enter_context(_replaced(DockerContainer, "end", end))
        for owner, name, phase in places:
            timed = _timed(getattr(owner, name), phase, watch)
            stack.enter_context(_replaced(owner, name, timed))
        yield
    for stayed in stay.idle:
        sample.grade_cpu_s += _cpu_s(stayed) - before.get(stayed, 0.0)


def _cpu_s(container: str) -> float:
    usage = read_usage(container)
    return usage.cpu_time_s if usage else 0.0


def _timed(function: Callable[..., Any], phase: str, watch: Stopwatch) -> Callable[..., Any]:
    def call(*arguments: Any, **more: Any) -> Any:
        with watch.phase(phase):
            return function(*arguments, **more)

    return call


@contextlib.contextmanager
def _replaced(owner: Any, name: str, value: Any) -> Iterator[None]:
    kept = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, kept)


def host_cpu_s() -> float:
    """Return the processor time of this process and of the programs it waited for."""
    usages = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def _engine_cpu() -> float:
    """Add up the engine's daemons and the children they waited for, as far as they can be read."""
    total = 0
    for place in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            name, _, rest = place.read_text().partition("(")[2].rpartition(")")
            if name in _ENGINE:
                total += sum(map(int, rest.split()[11:15]))  # utime, stime, cutime, cstime
    return total / 100  # the kernel's ticks are hundredths on every Linux that has Docker
