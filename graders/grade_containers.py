"""Grade containers that serve one job after the other, each in a fresh process.

Starting a container and importing pandas costs more than most hidden tests. No container ever holds
anything of a candidate's that runs; between two jobs everything that the first one left is removed,
and a container in which anything went wrong, or which may not be clean, is not used again. What
this rests on stands in ``docs/security.md``, chapter "Grade containers that stay".
"""

from __future__ import annotations

import json
import threading
import time
from collections import deque
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from graders.guests import PYTHON, agent_command, grader_sources
from graders.session import GUEST_WAIT_S
from sandbox.errors import EngineUnavailableError, SandboxError
from sandbox.model import GIB, MIB, ContainerSpec, Limits, Role

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from sandbox.base import Container, Sandbox
    from sandbox.frames import Frame

GRADE_LIMITS: Final = Limits(
    wall_time_s=600.0, memory_bytes=2 * GIB, cpus=2.0, pids=256, disk_bytes=1 * GIB
)
"""For the author's code. Its wall time bounds all hidden tests of one submission together."""
MOST_USES: Final = 100
_MOST_IDLE: Final = 4
"""Of all kinds together; what was not used for the longest time goes first."""
_LIFETIME_S: Final = 3600.0
_LOAD_S: Final = 120.0
"""How long the imports of the hidden tests may take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What a grade container is to do once."""

    image: str
    work: str
    """``judge`` or ``generate``."""
    facts: Mapping[str, object]
    """What stands in its ``job.json``."""
    files: Iterable[tuple[str, bytes]]
    folders: Sequence[str] = ()
    modules: tuple[str, ...] = ()
    """What it will import, beside the Python files among ``files``."""
    join_network_of: str | None = None
    """Id of the candidate container whose loopback it shares: no other job can."""


@dataclass(slots=True, kw_only=True)
class _Bench:
    """One container."""

    container: Container
    key: tuple[str, tuple[str, ...]]
    started: float = field(default_factory=time.monotonic)
    uses: int = 0
    single_threaded: bool = True


class GradeContainers:
    """Lends grade containers.

    Args:
        sandbox: Where they run.
        most_uses: How many jobs a container serves; 1 for a container of its own for each.
    """

    def __init__(self, sandbox: Sandbox, *, most_uses: int = MOST_USES) -> None:
        self._sandbox = sandbox
        self.most_uses = most_uses
        self._idle: deque[_Bench] = deque()
        self._lock = threading.Lock()

    @property
    def idle(self) -> tuple[str, ...]:
        """The ids of containers that wait for a job."""
        with self._lock:
            return tuple(bench.container.id for bench in self._idle)

    @contextmanager
    def at_work(self, job: Job) -> Iterator[Container]:
        """Give a container in which the job has begun; what is left of it goes afterwards.

        Raises:
            SandboxError: it could not be started or filled.
        """
        bench = self._take(job)
        with ExitStack() as on_failure:
            on_failure.push(bench.container)
            _begin(bench.container, job)
            yield bench.container
            bench.uses += 1
            if not self._give_back(bench, job):
                bench.container.end()
            on_failure.pop_all()

    def close(self) -> None:
        """End what is idle. May be called again."""
        with self._lock:
            idle = tuple(self._idle)
            self._idle.clear()
        for bench in idle:
            with suppress(SandboxError):
                bench.container.end()

    def _take(self, job: Job) -> _Bench:
        """Return a container whose last job has ended in good order, or a new one."""
        key = (job.image, job.modules)
        while job.join_network_of is None and (bench := self._pop(key)):
            if _is_clean(bench):
                return bench
            with suppress(SandboxError):
                bench.container.end()
        return self._open(job, key)

    def _pop(self, key: tuple[str, tuple[str, ...]]) -> _Bench | None:
        with self._lock:
            for bench in self._idle:
                if bench.key == key:
                    self._idle.remove(bench)
                    return bench
        return None

    def _open(self, job: Job, key: tuple[str, tuple[str, ...]]) -> _Bench:
        spec = ContainerSpec(
            role=Role.GRADE,
            image=job.image,
            command=agent_command(),
            limits=GRADE_LIMITS,
            env={"HOME": "/work", "TMPDIR": "/tmp", "OMP_NUM_THREADS": "1"},  # noqa: S108 - inside
            run_id="grade",
            join_network_of=job.join_network_of,
            max_frame_bytes=256 * MIB,
            max_stream_bytes=self.most_uses * GIB,
            lifetime_s=_LIFETIME_S,
        )
        container = self._sandbox.start(spec)
        with ExitStack() as on_failure:
            on_failure.push(container)
            for name, source in grader_sources().items():
                container.send({"op": "put", "path": f"grader/{name}"}, source)
            container.send({"op": "sync"})
            _expect(container, "synced", GUEST_WAIT_S)
            container.send({"op": "become", "argv": [PYTHON, "-I", "/work/grader/grade_main.py"]})
            container.send({"op": "load", "modules": list(job.modules)})
            loaded = _expect(container, "loaded", _LOAD_S)
            on_failure.pop_all()
        return _Bench(
            container=container, key=key, single_threaded=loaded.header.get("threads") == 1
        )

    def _give_back(self, bench: _Bench, job: Job) -> bool:
        """Keep a container for the next job; return whether that was done."""
        young = time.monotonic() - bench.started < _LIFETIME_S / 2
        if not (
            bench.uses < self.most_uses
            and young
            and bench.single_threaded
            and job.join_network_of is None
        ):
            return False
        with self._lock:
            self._idle.append(bench)
            surplus = self._idle.popleft() if len(self._idle) > _MOST_IDLE else None
        if surplus is not None:
            with suppress(SandboxError):
                surplus.container.end()
        return True


def _begin(container: Container, job: Job) -> None:
    container.send({"op": "begin"})
    container.send({"op": "make_dirs", "paths": list(job.folders)})
    for path, content in job.files:
        container.send({"op": "put", "path": path}, content)
    facts = json.dumps(job.facts, allow_nan=False).encode()
    container.send({"op": "put", "path": "job.json"}, facts)
    container.send({"op": "sync"})
    _expect(container, "synced", GUEST_WAIT_S)
    container.send({"op": "work", "name": job.work})


def words_of(ended: Frame) -> str:
    """Return why a job ended before its time, and its last words."""
    reason, said = ended.header.get("reason"), str(ended.header.get("said", ""))[-500:]
    return f"{reason or 'it ended too early'}. {said}".strip()


def _is_clean(bench: _Bench) -> bool:
    """Wait for the end of the last job; tell whether it left nothing, and who stays is there."""
    try:
        ended = _expect(bench.container, "ended", GUEST_WAIT_S)
        bench.container.send({"op": "sync"})
        _expect(bench.container, "synced", GUEST_WAIT_S)
    except EngineUnavailableError:
        raise
    except SandboxError:
        return False
    return ended.header.get("clean") is True


def _expect(container: Container, word: str, timeout_s: float) -> Frame:
    """Return the next frame, which says ``word``.

    Raises:
        SandboxError: it says something else, or none comes.
    """
    answer = container.receive(timeout_s=timeout_s)
    if answer.header.get("t") != word:
        what = str(answer.header)[:200]
        raise SandboxError(f"The grade container did not say {word!r}, but {what}.")
    return answer
