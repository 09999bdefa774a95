"""A sandbox without isolation: the guest is a plain process of this machine.

For tests of what talks to a sandbox, with code of our own. It keeps the contract of
``sandbox.base`` as far as a process can; it limits nothing and must never see a submission.
"""

from __future__ import annotations

import contextlib
import os
import queue
import select
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self

from sandbox.errors import (
    EngineUnavailableError,
    GuestGoneError,
    GuestProtocolError,
    GuestTimeoutError,
    ImageError,
    SandboxError,
)
from sandbox.frames import Frame, FrameDecoder, encode
from sandbox.model import EndState, EngineInfo, Usage

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from sandbox.model import ContainerSpec

_END: Final = object()


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
        self._spec = spec
        self._sandbox = sandbox
        self._root = tempfile.mkdtemp(prefix="worksample-fake-")
        self._frames: queue.SimpleQueue[Frame | object] = queue.SimpleQueue()
        self._violation: GuestProtocolError | None = None
        self._errors = bytearray()
        self._ended: EndState | None = None
        # The image's Python is this one.
        command = [sys.executable if word.endswith("/python") else word for word in spec.command]
        self._process: subprocess.Popen[bytes] = subprocess.Popen(
            command,
            cwd=self._root,
            env={**os.environ, **spec.env, "WORKSAMPLE_ROOT": self._root},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        self._threads = [
            threading.Thread(target=self._drain, daemon=True),
            threading.Thread(target=self._keep_errors, daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def send(
        self, header: Mapping[str, object], body: bytes = b"", *, timeout_s: float = 30.0
    ) -> None:
        """Write one frame."""
        if self._ended is not None:
            raise GuestGoneError("the container has been ended")
        view = memoryview(encode(header, body))
        fd = _stream(self._process.stdin).fileno()
        os.set_blocking(fd, False)
        deadline = time.monotonic() + timeout_s
        try:
            while view:
                left = deadline - time.monotonic()
                if left <= 0 or not select.select([], [fd], [], left)[1]:
                    raise GuestTimeoutError(f"nothing read for {timeout_s:g} s")
                view = view[os.write(fd, view[:4096]) :]
        except OSError as error:
            raise GuestGoneError("the container no longer reads") from error

    def receive(self, *, timeout_s: float) -> Frame:
        """Return the next frame."""
        try:
            item = self._frames.get(timeout=max(timeout_s, 0.0))
        except queue.Empty:
            raise GuestTimeoutError(f"no answer for {timeout_s:g} s") from None
        if isinstance(item, Frame):
            return item
        self._frames.put(_END)
        if self._violation is not None:
            raise self._violation
        self._sandbox.info()
        raise GuestGoneError("the container ended")

    def usage(self) -> Usage:
        """Return zeros: nobody counts."""
        self._sandbox.info()
        return Usage(cpu_time_s=0.0, memory_bytes=0, memory_peak_bytes=0)

    def error_output(self) -> str:
        """Return the end of the process's stderr."""
        return bytes(self._errors).decode("utf-8", "replace")

    def end(self) -> EndState:
        """Kill the process and its group."""
        if self._ended is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, 9)
            code = self._process.wait()
            for thread in self._threads:
                thread.join(2.0)
            for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
                with contextlib.suppress(OSError):
                    _stream(stream).close()
            shutil.rmtree(self._root, ignore_errors=True)
            self._sandbox._forget(self)  # noqa: SLF001 - two halves of one fake
            memory = self._sandbox.engine.out_of_memory
            self._ended = EndState(out_of_memory=memory, exit_code=code)
        self._sandbox.info()
        return self._ended

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
        decoder = FrameDecoder(max_body_bytes=self._spec.max_frame_bytes)
        total = 0
        while data := os.read(_stream(self._process.stdout).fileno(), 1 << 16):
            total += len(data)
            if self._violation is None:
                self._decode(decoder, data, total)
        self._frames.put(_END)

    def _decode(self, decoder: FrameDecoder, data: bytes, total: int) -> None:
        try:
            if total > self._spec.max_stream_bytes:
                self._violation = GuestProtocolError(f"{total} bytes came out, beyond the cap")
            else:
                for frame in decoder.feed(data):
                    self._frames.put(frame)
        except GuestProtocolError as error:
            self._violation = error
        if self._violation is not None:
            self._frames.put(_END)

    def _keep_errors(self) -> None:
        while data := os.read(_stream(self._process.stderr).fileno(), 1 << 16):
            self._errors += data
            del self._errors[:-8192]


def _stream(stream: Any) -> Any:
    return stream
