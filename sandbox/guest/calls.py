"""Relays frames between the host and the one process that calls the candidate's functions.

Standard library only; also runs on Python 3.8.
"""

import contextlib
import fcntl
import os
import select

from wire import PREFIX

PIPE_BYTES = 1 << 20
F_SETPIPE_SZ = 1031


class Caller:
    """The pipes of that process. What it writes is passed on as it comes, never understood."""

    def __init__(self, channel):
        self.pid = None
        self._channel = channel
        child_in, self._to = os.pipe()
        self._from, child_out = os.pipe()
        self.child = (child_in, child_out)
        os.set_blocking(self._to, False)
        for fd in (self._to, self._from):
            widen_pipe(fd)

    def close_child_ends(self):
        for fd in self.child:
            os.close(fd)

    def exchange(self, request, count, max_bytes):
        """Hand over a request, pass on ``count`` frames; return False if the process ended."""
        left = memoryview(request)
        frames = FrameCounter(max_bytes)
        poll = select.poll()
        poll.register(self._from, select.POLLIN)
        if left:
            poll.register(self._to, select.POLLOUT)
        while frames.seen < count and not frames.too_large:
            for fd, _ in poll.poll():
                if fd == self._from:
                    data = os.read(fd, PIPE_BYTES)
                    if not data:
                        return False
                    self._channel.write({"t": "reply"}, data)
                    frames.feed(data)
                else:
                    left = self._write(left)
                    if not left:
                        poll.unregister(self._to)
        return True

    def _write(self, left):
        """Write what fits; a process that closed its end gets no more, and ends or answers."""
        try:
            return left[os.write(self._to, left) :]
        except BlockingIOError:
            return left
        except OSError:
            return left[:0]


def widen_pipe(fd):
    """Let a pipe hold more, where it is one and the kernel allows it: fewer switches on the way."""
    with contextlib.suppress(OSError):
        fcntl.fcntl(fd, F_SETPIPE_SZ, PIPE_BYTES)


class FrameCounter:
    """Counts whole frames of a stream by their lengths."""

    def __init__(self, max_bytes):
        self.seen = 0
        self.too_large = False
        self._max_bytes = max_bytes
        self._prefix = b""
        self._left = 0

    def feed(self, data):
        at = 0
        while at < len(data) and not self.too_large:
            if self._left:
                step = min(self._left, len(data) - at)
                self._left -= step
                at += step
                self.seen += self._left == 0
                continue
            piece = data[at : at + PREFIX.size - len(self._prefix)]
            self._prefix += piece
            at += len(piece)
            if len(self._prefix) == PREFIX.size:
                self._left = sum(PREFIX.unpack(self._prefix))
                self._prefix = b""
                self.too_large = self._left > self._max_bytes
                self.seen += self._left == 0
