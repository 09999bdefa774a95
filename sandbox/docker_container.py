"""One container on a Docker engine, talked to over its attached stdio."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, Self

from sandbox.cgroup import oom_kills, read_usage
from sandbox.engine_api import engine_errors, gone_is_fine
from sandbox.errors import EngineUnavailableError, GuestGoneError, SandboxError
from sandbox.model import EndState, Usage
from sandbox.stream import GuestInput, GuestOutput

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from types import TracebackType

    from sandbox.engine_api import Attached, Client
    from sandbox.frames import Frame
    from sandbox.model import ContainerSpec

_KILL_WAIT_S: Final = 10.0
_SOCKET_WAIT_S: Final = 1.0
"""How long one call on the attach connection may take before it is made again."""


class DockerContainer:
    """A :class:`sandbox.base.Container`; see there for the contract."""

    def __init__(
        self,
        api: Client,
        container_id: str,
        spec: ContainerSpec,
        *,
        on_end: Callable[[DockerContainer], None],
    ) -> None:
        self.id = container_id
        self._on_end = on_end
        self._api = api
        self._output = GuestOutput(spec)
        self._input: GuestInput | None = None
        self._peak_bytes = 0
        self._socket: socket.socket | None = None
        self._attached: Attached | None = None
        self._reader: threading.Thread | None = None
        self._ended: EndState | None = None
        self._end_lock = threading.Lock()

    def attach_and_start(self) -> None:
        """Attach before the start, so that no byte is missed and the reader always drains."""
        with engine_errors():
            self._attached = self._api.attach_stdio(self.id)
            self._socket = self._attached.socket
            # Not blocking, below Python's own waiting: a blocking `send` waits for a guest that
            # does not read, whatever a poll said before.
            self._socket.settimeout(_SOCKET_WAIT_S)
            self._input = GuestInput(self._socket, self._socket.send)
            self._reader = threading.Thread(
                target=self._drain, name=f"drain-{self.id[:8]}", daemon=True
            )
            self._reader.start()
            self._api.start(self.id)

    def send(
        self, header: Mapping[str, object], body: bytes = b"", *, timeout_s: float = 30.0
    ) -> None:
        """Write one frame."""
        if self._input is None:
            raise GuestGoneError("the container has been ended")
        try:
            self._input.send(header, body, timeout_s)
        except GuestGoneError:
            self._ask_whether_the_engine_is_there()
            raise

    def receive(self, *, timeout_s: float) -> Frame:
        """Return the next frame."""
        frame = self._output.next_frame(timeout_s)
        if frame is None:
            self._ask_whether_the_engine_is_there()
            raise GuestGoneError("the container ended")
        return frame

    def usage(self) -> Usage:
        """Return what the kernel, else the engine, counted so far."""
        usage = read_usage(self.id) or self._ask_engine()
        self._peak_bytes = max(self._peak_bytes, usage.memory_bytes, usage.memory_peak_bytes)
        return replace(usage, memory_peak_bytes=self._peak_bytes)

    def _ask_engine(self) -> Usage:
        with engine_errors():
            facts = self._api.stats(self.id, stream=False, one_shot=True)
        memory = facts.get("memory_stats") or {}
        now = int(memory.get("usage", 0))
        total_ns = int(facts.get("cpu_stats", {}).get("cpu_usage", {}).get("total_usage", 0))
        return Usage(
            cpu_time_s=total_ns / 1e9,
            memory_bytes=now,
            memory_peak_bytes=max(now, int(memory.get("max_usage", 0))),
        )

    def error_output(self) -> str:
        """Return the end of the main process's own stderr."""
        return self._output.error_output()

    def end(self) -> EndState:
        """Close the attach connection first: a flooding container cannot be killed otherwise."""
        with self._end_lock:
            if self._ended is None:
                self._close()
                try:
                    state = self._kill_and_inspect()
                finally:
                    self._remove()
                self._on_end(self)  # whatever fails before this is tried again at the close
                self._ended = state
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
        with contextlib.suppress(SandboxError):  # the first failure is the one to report
            self.end()

    def _close(self) -> None:
        if self._socket is None:
            return
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        if self._attached is not None:
            self._attached.close()
        self._socket = self._input = None
        if self._reader is not None and self._reader is not threading.current_thread():
            self._reader.join(_KILL_WAIT_S)

    def _kill_and_inspect(self) -> EndState:
        starved = oom_kills(self.id) > 0  # the count goes with the container
        refusal = self._kill()
        deadline = time.monotonic() + _KILL_WAIT_S
        state = self._inspect()
        while state.get("Running") and time.monotonic() < deadline:
            time.sleep(0.01)
            state = self._inspect()
        if state.get("Running"):
            raise SandboxError(f"container {self.id[:12]} does not die") from refusal
        return EndState(
            out_of_memory=starved or bool(state.get("OOMKilled")),
            exit_code=state.get("ExitCode"),
        )

    def _kill(self) -> SandboxError | None:
        """Send SIGKILL; return a refusal, for most often the container has just ended."""
        try:
            with engine_errors():
                self._api.kill(self.id, "SIGKILL")
        except EngineUnavailableError:
            raise
        except SandboxError as refusal:
            return refusal
        return None

    def _remove(self) -> None:
        """Remove; an engine that still clears up after the end refuses for a moment."""
        deadline = time.monotonic() + _KILL_WAIT_S
        while True:
            try:
                with engine_errors(), gone_is_fine():
                    self._api.remove_container(self.id, force=True, v=True)
            except EngineUnavailableError:
                raise
            except SandboxError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
            else:
                return

    def _ask_whether_the_engine_is_there(self) -> None:
        """Tell the end of the engine, or a removal by somebody else, from the guest's own end."""
        if self._ended is None:
            self._inspect()

    def _inspect(self) -> dict[str, Any]:
        with engine_errors():
            state: dict[str, Any] = self._api.inspect_container(self.id)["State"]
        return state

    def _drain(self) -> None:
        """Read the attach stream until it ends."""
        for number, data in _demultiplex(self._socket):
            if number == 2:
                self._output.put_error(data)
            else:
                self._output.put(data)
        self._output.finish()


def _demultiplex(connection: socket.socket | None) -> Iterator[tuple[int, bytes]]:
    """Yield (stream, data) from Docker's attach format: type, three zero bytes, u32 length."""
    buffer = bytearray()
    stream, left = 0, 0
    while connection is not None:
        try:
            data = connection.recv(1 << 18)
        except TimeoutError:
            continue
        except (OSError, ValueError):
            return
        if not data:
            return
        buffer += data
        while buffer:
            if left == 0:
                if len(buffer) < 8:
                    break
                stream, left = buffer[0], int.from_bytes(buffer[4:8], "big")
                del buffer[:8]
                continue
            part = bytes(buffer[:left])
            del buffer[: len(part)]
            left -= len(part)
            yield stream, part
