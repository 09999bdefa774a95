"""A sandbox without isolation: the guest is a plain process of this machine.

For tests of what talks to a sandbox, with code of our own. It keeps the contract of
``sandbox.base`` as far as a process can; it limits nothing and must never see a submission.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from sandbox.errors import (
    EngineUnavailableError,
    GuestGoneError,
    ImageError,
    SandboxError,
)
from sandbox.model import EndState, EngineInfo, Usage
from sandbox.stream import GuestInput, GuestOutput

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import TracebackType

    from sandbox.frames import Frame
    from sandbox.model import ContainerSpec

_ROOT: Final = "WORKSAMPLE_ROOT"


@dataclass(slots=True)
class FakeEngine:
    """What a test may change while things run."""

    answers: bool = True
    """Whether the engine answers at all."""
    out_of_memory: bool = False
    """What it says of every container that ends from now on."""


class FakeSandbox:
    """A :class:`sandbox.base.Sandbox` of plain processes; ``engine`` is for tests to turn."""

    def __init__(self, *, images: frozenset[str] = frozenset({"fake"})) -> None:
        self.engine = FakeEngine()
        self._images = images
        self._live: set[FakeContainer] = set()
        self._closed = False

    def info(self) -> EngineInfo:
        """Return the facts of an engine that is not there."""
        self._check()
        return EngineInfo(
            name="fake",
            version="0",
            api_version="0",
            runtimes=("none",),
            default_runtime="none",
            cgroup_version="",
            security_options=(),
            cpus=os.cpu_count() or 1,
            memory_bytes=0,
        )

    def start(self, spec: ContainerSpec) -> FakeContainer:
        """Start the command as a process in a folder of its own."""
        self._check()
        if self._closed:
            raise SandboxError("The sandbox has been closed.")
        if spec.image not in self._images:
            raise ImageError(f"No such image: {spec.image}; run `worksample images build`.")
        container = FakeContainer(spec, self)
        self._live.add(container)
        return container

    def close(self) -> None:
        """End every container; start no more."""
        self._closed = True
        for container in tuple(self._live):
            with contextlib.suppress(SandboxError):
                container.end()

    def remove_leftovers(self, *, everything: bool = False) -> int:
        """End what runs if ``everything``: a process leaves none behind it."""
        self._check()
        found = tuple(self._live) if everything else ()
        for container in found:
            container.end()
        return len(found)

    def _check(self) -> None:
        if not self.engine.answers:
            raise EngineUnavailableError("the fake was turned off")

    def _forget(self, container: FakeContainer) -> None:
        self._live.discard(container)


class FakeContainer:
    """A :class:`sandbox.base.Container` that is a process."""

    def __init__(self, spec: ContainerSpec, sandbox: FakeSandbox) -> None:
        self.id = uuid.uuid4().hex
        self._sandbox = sandbox
        self._root = tempfile.mkdtemp(prefix="worksample-fake-")
        self._output = GuestOutput(spec)
        self._ended: EndState | None = None
        self._end_lock = threading.Lock()
        self._process = self._start(spec)
        os.set_blocking(_pipe(self._process.stdin).fileno(), False)
        self._input = GuestInput(_pipe(self._process.stdin), self._write)
        self._threads = [
            threading.Thread(target=self._drain, daemon=True),
            threading.Thread(target=self._keep_errors, daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    @property
    def pid(self) -> int:
        """The process, for tests that end it from outside."""
        return self._process.pid

    def _start(self, spec: ContainerSpec) -> subprocess.Popen[bytes]:
        # The image's Python is this one.
        command = [sys.executable if word.endswith("/python") else word for word in spec.command]
        try:
            return subprocess.Popen(
                command,
                cwd=self._root,
                env={"PATH": os.defpath, **spec.env, _ROOT: self._root},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
        except OSError as error:
            shutil.rmtree(self._root, ignore_errors=True)
            raise SandboxError(f"The engine refused: {error}") from error

    def send(
        self, header: Mapping[str, object], body: bytes = b"", *, timeout_s: float = 30.0
    ) -> None:
        """Write one frame."""
        if self._ended is not None:
            raise GuestGoneError("the container has been ended")
        try:
            self._input.send(header, body, timeout_s)
        except GuestGoneError:
            self._sandbox.info()
            raise

    def _write(self, data: memoryview) -> int:
        return os.write(_pipe(self._process.stdin).fileno(), data)

    def receive(self, *, timeout_s: float) -> Frame:
        """Return the next frame."""
        frame = self._output.next_frame(timeout_s)
        if frame is None:
            self._sandbox.info()
            raise GuestGoneError("the container ended")
        return frame

    def usage(self) -> Usage:
        """Return zeros: nobody counts."""
        self._sandbox.info()
        return Usage(cpu_time_s=0.0, memory_bytes=0, memory_peak_bytes=0)

    def error_output(self) -> str:
        """Return the end of the process's stderr."""
        return self._output.error_output()

    def end(self) -> EndState:
        """Kill the process and all that it started."""
        with self._end_lock:
            if self._ended is None:
                self._kill()
                code = self._process.wait()
                for thread in self._threads:
                    thread.join(2.0)
                for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
                    with contextlib.suppress(OSError):
                        _pipe(stream).close()
                shutil.rmtree(self._root, ignore_errors=True)
                self._sandbox._forget(self)  # noqa: SLF001 - two halves of one fake
                memory = self._sandbox.engine.out_of_memory
                self._ended = EndState(out_of_memory=memory, exit_code=code)
        self._sandbox.info()
        return self._ended

    def _kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        while found := tuple(_processes_in(self._root)):
            for pid in found:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if value is None:
            self.end()
            return
        with contextlib.suppress(SandboxError):
            self.end()

    def _drain(self) -> None:
        while data := os.read(_pipe(self._process.stdout).fileno(), 1 << 16):
            self._output.put(data)
        self._output.finish()

    def _keep_errors(self) -> None:
        while data := os.read(_pipe(self._process.stderr).fileno(), 1 << 16):
            self._output.put_error(data)


def _processes_in(root: str) -> Iterator[int]:
    """Yield the processes of one container: all inherit its root in their environment."""
    mark = f"{_ROOT}={root}".encode()
    for place in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            if mark in place.read_bytes().split(b"\0"):
                yield int(place.parent.name)


def _pipe(stream: Any) -> Any:
    return stream
