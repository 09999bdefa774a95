"""The two directions of one guest's stdio, the same for every sandbox.

A sandbox's reader thread puts what comes out into a :class:`GuestOutput`; what goes in leaves
through a :class:`GuestInput`.
"""

from __future__ import annotations

import contextlib
import queue
import select
import threading
import time
from typing import TYPE_CHECKING, Final, Protocol

from sandbox.errors import GuestGoneError, GuestProtocolError, GuestTimeoutError
from sandbox.frames import Frame, FrameDecoder, encode

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sandbox.model import ContainerSpec

ERROR_BYTES: Final = 8192
MAX_WAITING_FRAMES: Final = 1_000_000
"""Ten bytes make a frame, which takes hundreds here until somebody receives it."""
_END: Final = object()


class GuestOutput:
    """One guest's stdout, cut into frames under the caps of its spec, and the end of its stderr.

    One thread puts in, any thread takes out.
    """

    def __init__(self, spec: ContainerSpec) -> None:
        self._decoder = FrameDecoder(max_body_bytes=spec.max_frame_bytes)
        self._cap_bytes = spec.max_stream_bytes
        self._total_bytes = 0
        self._frames: queue.SimpleQueue[Frame | object] = queue.SimpleQueue()
        self._violation: GuestProtocolError | None = None
        self._errors = bytearray()

    def put(self, data: bytes) -> None:
        """Take what came on stdout; after a violation it is dropped, so that all is drained."""
        if self._violation is not None:
            return
        room = self._cap_bytes - self._total_bytes
        self._total_bytes += len(data)
        try:
            for frame in self._decoder.feed(data[:room]):
                self._frames.put(frame)
        except GuestProtocolError as error:
            self._refuse(error)
            return
        if len(data) > room:
            self._refuse(GuestProtocolError(f"more than {self._cap_bytes} bytes came: the cap"))
        elif self._frames.qsize() > MAX_WAITING_FRAMES:
            self._refuse(GuestProtocolError("more frames came out than were asked for"))

    def _refuse(self, violation: GuestProtocolError) -> None:
        self._violation = violation  # before the wake-up, so that `next_frame` finds it
        self._frames.put(_END)

    def put_error(self, data: bytes) -> None:
        """Take what came on stderr; its end is kept."""
        self._errors += data
        del self._errors[:-ERROR_BYTES]

    def finish(self) -> None:
        """Say that nothing more will come."""
        self._frames.put(_END)

    def next_frame(self, timeout_s: float) -> Frame | None:
        """Return the next frame, or None once there are no more.

        Raises:
            GuestTimeoutError: none came within ``timeout_s`` seconds.
            GuestProtocolError: what came is no frame, or more than the cap came.
        """
        try:
            item = self._frames.get(timeout=max(timeout_s, 0.0))
        except queue.Empty:
            raise GuestTimeoutError(f"no answer for {timeout_s:g} s") from None
        if isinstance(item, Frame):
            return item
        self._frames.put(_END)  # for whoever asks again
        if self._violation is not None:
            raise self._violation
        return None

    def error_output(self) -> str:
        """Return the last 8 KiB of stderr; what is no UTF-8 is replaced."""
        return bytes(self._errors).decode("utf-8", "replace")


class Channel(Protocol):
    """Something open that can be waited for."""

    def fileno(self) -> int:
        """Return its descriptor; -1 or ValueError once it is closed."""
        ...


class GuestInput:
    """Frames to one guest, whole ones only: after one that was cut short none follows.

    Any thread may send; frames do not mix.
    """

    def __init__(self, channel: Channel, write: Callable[[memoryview], int]) -> None:
        """Write to ``channel`` with ``write``, which must take a part rather than wait."""
        self._channel = channel
        self._write = write
        self._lock = threading.Lock()
        self._cut_short = False

    def send(self, header: Mapping[str, object], body: bytes, timeout_s: float) -> None:
        """Write one frame.

        Raises:
            GuestGoneError: nobody reads any more, or an earlier frame was cut short.
            GuestTimeoutError: the guest did not read it within ``timeout_s`` seconds.
        """
        deadline = time.monotonic() + timeout_s
        data = memoryview(encode(header, body))
        if not self._lock.acquire(timeout=max(timeout_s, 0.0)):
            raise GuestTimeoutError(f"nothing read for {timeout_s:g} s")
        try:
            if self._cut_short:
                raise GuestGoneError("the container did not read an earlier frame to its end")
            self._cut_short = True  # until it is not
            if not self._write_until(deadline, data):
                raise GuestTimeoutError(f"nothing read for {timeout_s:g} s")
            self._cut_short = False
        except (OSError, ValueError) as error:
            raise GuestGoneError("the container no longer reads") from error
        finally:
            self._lock.release()

    def _write_until(self, deadline: float, left: memoryview) -> bool:
        """Write all of ``left``; return whether that was done before the deadline."""
        while left:
            seconds = deadline - time.monotonic()
            if seconds <= 0 or not _is_writable(self._channel, seconds):
                return False
            with contextlib.suppress(BlockingIOError, TimeoutError):
                left = left[self._write(left) :]
        return True


def _is_writable(channel: Channel, timeout_s: float) -> bool:
    poll = select.poll()
    poll.register(channel.fileno(), select.POLLOUT)
    return bool(poll.poll(timeout_s * 1000))
