"""A sandbox that has the next container running before it is asked for.

Containers stay single-use: whoever asks gets one that nobody had before, started for the same
limits, image and command. Only the waiting for its start is saved.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from sandbox.errors import SandboxError
from sandbox.model import Role

if TYPE_CHECKING:
    from sandbox.base import Container, Sandbox
    from sandbox.model import ContainerSpec, EngineInfo

AHEAD: Final = "ahead"
"""The run id on the label of a container that was started before anybody asked."""
_MOST_WAITING: Final = 6
"""Of all kinds together; who waited for the longest time goes first."""
_PATIENCE_S: Final = 300.0
"""How long a container may wait for its work."""
_ANSWER_S: Final = 10.0


class AheadSandbox:
    """A :class:`sandbox.base.Sandbox` on top of another; ahead are candidate containers alone.

    Whenever one is asked for, another one like it is started behind the scenes, on the guess that
    the next submission needs the same.

    Args:
        inner: What really starts containers. It is closed with this one.
    """

    def __init__(self, inner: Sandbox) -> None:
        self._inner = inner
        self._waiting: deque[tuple[ContainerSpec, float, Container]] = deque()
        self._lock = threading.Lock()
        self._starter = ThreadPoolExecutor(1, thread_name_prefix="ahead")
        self._closed = False

    def info(self) -> EngineInfo:
        """Return the engine that answers."""
        return self._inner.info()

    def start(self, spec: ContainerSpec) -> Container:
        """Return a container that waits, or start one."""
        if spec.role is not Role.CANDIDATE or spec.network or spec.join_network_of:
            return self._inner.start(spec)
        kind = replace(spec, run_id=AHEAD)
        container = self._take(kind) or self._inner.start(spec)
        with contextlib.suppress(RuntimeError):  # it has been closed meanwhile
            self._starter.submit(self._start_ahead, kind)
        return container

    def close(self) -> None:
        """End every container started here; start no more."""
        self._closed = True
        self._starter.shutdown(cancel_futures=True)
        self._inner.close()

    def remove_leftovers(self, *, everything: bool = False) -> int:
        """Remove containers of processes that are gone, or all of ours; return how many."""
        return self._inner.remove_leftovers(everything=everything)

    @property
    def waiting(self) -> tuple[str, ...]:
        """The ids of containers that nobody has asked for yet."""
        with self._lock:
            return tuple(container.id for _, _, container in self._waiting)

    def _take(self, kind: ContainerSpec) -> Container | None:
        while found := self._pop(kind):
            since, container = found
            if time.monotonic() - since < _PATIENCE_S and _answers(container):
                return container
            _end(container)
        return None

    def _pop(self, kind: ContainerSpec) -> tuple[float, Container] | None:
        with self._lock:
            for entry in self._waiting:
                if entry[0] == kind:
                    self._waiting.remove(entry)
                    return entry[1:]
        return None

    def _start_ahead(self, kind: ContainerSpec) -> None:
        """Start one, unless one waits by now; whoever asks next meets a failure itself."""
        with self._lock:
            if self._closed or any(waits == kind for waits, _, _ in self._waiting):
                return
        with contextlib.suppress(SandboxError):
            container = self._inner.start(kind)
            with self._lock:
                self._waiting.append((kind, time.monotonic(), container))
                surplus = self._waiting.popleft() if len(self._waiting) > _MOST_WAITING else None
            if surplus is not None:
                _end(surplus[2])


def _answers(container: Container) -> bool:
    try:
        container.send({"op": "sync"})
        return container.receive(timeout_s=_ANSWER_S).header.get("t") == "synced"
    except SandboxError:
        return False


def _end(container: Container) -> None:
    with contextlib.suppress(SandboxError):
        container.end()
