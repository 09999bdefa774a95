"""One container on a Docker engine, talked to over its attached stdio."""

from __future__ import annotations

import contextlib
import queue
import select
import socket
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, Self

from sandbox.cgroup import read_usage
from sandbox.engine_api import engine_errors, gone_is_fine
from sandbox.errors import (
    GuestGoneError,
    GuestProtocolError,
    GuestTimeoutError,
    SandboxError,
)
from sandbox.frames import Frame, FrameDecoder, encode
from sandbox.model import MIB, EndState, Usage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from types import TracebackType

    from sandbox.engine_api import Attached, Client
    from sandbox.model import ContainerSpec

_KILL_WAIT_S: Final = 10.0
_ERROR_BYTES: Final = 8192
_MAX_WAITING_FRAMES: Final = 1_000_000
"""Ten bytes make a frame, which takes hundreds here until somebody receives it."""
_END: Final = object()


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
        self._spec = spec
        self._frames: queue.SimpleQueue[Frame | object] = queue.SimpleQueue()
        self._errors = bytearray()
        self._violation: GuestProtocolError | None = None
        self._peak_bytes = 0
        self._socket: socket.socket | None = None
        self._attached: Attached | None = None
        self._reader: threading.Thread | None = None
        self._ended: EndState | None = None
        self._end_lock = threading.Lock()
        self._send_lock = threading.Lock()

    def attach_and_start(self) -> None:
        """Attach before the start, so that no byte is missed and the reader always drains."""
        with engine_errors():
            self._attached = self._api.attach_stdio(self.id)
            self._socket = self._attached.socket
            self._socket.settimeout(None)
            self._reader = threading.Thread(
                target=self._drain, name=f"drain-{self.id[:8]}", daemon=True
            )
            self._reader.start()
            self._api.start(self.id)

    def send(
        self, header: Mapping[str, object], body: bytes = b"", *, timeout_s: float = 30.0
    ) -> None:
        """Write one frame."""
        if self._socket is None:
            raise GuestGoneError("the container has been ended")
        deadline = time.monotonic() + timeout_s
        view = memoryview(encode(header, body))
        try:
            with self._send_lock:
                while view:
                    left = deadline - time.monotonic()
                    if left <= 0 or not _writable(self._socket, left):
                        raise GuestTimeoutError(f"nothing read for {timeout_s:g} s")
                    view = view[self._socket.send(view[:MIB]) :]
        except (OSError, ValueError) as error:
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
        self._inspect()  # the engine still answers, so it is the container that ended
        raise GuestGoneError("the container ended")

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
        return bytes(self._errors).decode("utf-8", "replace")

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
        self._socket = None
        if self._reader is not None and self._reader is not threading.current_thread():
            self._reader.join(_KILL_WAIT_S)

    def _kill_and_inspect(self) -> EndState:
        with engine_errors(), gone_is_fine():
            self._api.kill(self.id, "SIGKILL")
        deadline = time.monotonic() + _KILL_WAIT_S
        state = self._inspect()
        while state.get("Running") and time.monotonic() < deadline:
            time.sleep(0.01)
            state = self._inspect()
        if state.get("Running"):
            raise SandboxError(f"container {self.id[:12]} does not die")
        return EndState(out_of_memory=bool(state.get("OOMKilled")), exit_code=state.get("ExitCode"))

    def _remove(self) -> None:
        with engine_errors(), gone_is_fine():
            self._api.remove_container(self.id, force=True, v=True)

    def _inspect(self) -> dict[str, Any]:
        with engine_errors():
            state: dict[str, Any] = self._api.inspect_container(self.id)["State"]
        return state

    def _drain(self) -> None:
        """Read the attach stream until it ends; beyond the cap count and drop."""
        decoder = FrameDecoder(max_body_bytes=self._spec.max_frame_bytes)
        total = 0
        for stream, data in _demultiplex(self._socket):
            if stream == 2:
                self._errors += data
                del self._errors[:-_ERROR_BYTES]
                continue
            total += len(data)
            if self._violation is None:
                self._violation = self._decode(decoder, data, total)
        self._frames.put(_END)

    def _decode(self, decoder: FrameDecoder, data: bytes, total: int) -> GuestProtocolError | None:
        if total > self._spec.max_stream_bytes:
            return self._violated(GuestProtocolError(f"{total} bytes came out, beyond the cap"))
        try:
            for frame in decoder.feed(data):
                self._frames.put(frame)
        except GuestProtocolError as error:
            return self._violated(error)
        if self._frames.qsize() > _MAX_WAITING_FRAMES:
            return self._violated(GuestProtocolError("more frames came out than were asked for"))
        return None

    def _violated(self, error: GuestProtocolError) -> GuestProtocolError:
        self._violation = error  # before the wake-up, so that `receive` finds it
        self._frames.put(_END)
        return error


def _demultiplex(connection: socket.socket | None) -> Iterator[tuple[int, bytes]]:
    """Yield (stream, data) from Docker's attach format: type, three zero bytes, u32 length."""
    buffer = bytearray()
    stream, left = 0, 0
    while connection is not None:
        try:
            data = connection.recv(1 << 18)
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


def _writable(connection: socket.socket, timeout_s: float) -> bool:
    poll = select.poll()
    poll.register(connection, select.POLLOUT)
    return bool(poll.poll(timeout_s * 1000))
