"""The guest's half of the frames, and how a script takes its stdin and stdout for them.

``u32 header length, u32 body length, JSON header, body``, big-endian; the host's half is
``sandbox/frames.py``. Standard library only; also runs on Python 3.8.
"""

import json
import os
import struct
import threading

PREFIX = struct.Struct(">II")
ROOT = os.environ.get("WORKSAMPLE_ROOT", "/work")


class Channel:
    """Frames over two descriptors; writing is safe from several threads."""

    def __init__(self, read_fd, write_fd):
        self._read_fd = read_fd
        self._write_fd = write_fd
        self._lock = threading.Lock()

    def read(self):
        prefix = self._read_exactly(PREFIX.size)
        if prefix is None:
            return None
        head_bytes, body_bytes = PREFIX.unpack(prefix)
        content = self._read_exactly(head_bytes + body_bytes)
        return json.loads(content[:head_bytes].decode()), content[head_bytes:]

    def write(self, header, body=b""):
        self.write_raw(json.dumps(header, separators=(",", ":")).encode(), body)

    def write_raw(self, head, body):
        """Write a frame whose header is JSON already."""
        with self._lock:
            write_all(self._write_fd, frame(head, body))

    def _read_exactly(self, size):
        parts = []
        while size:
            part = os.read(self._read_fd, min(size, 1 << 20))
            if not part:
                return None
            parts.append(part)
            size -= len(part)
        return b"".join(parts)


def frame(head, body):
    """Return the bytes of a frame whose header is JSON already."""
    return b"".join((PREFIX.pack(len(head), len(body)), head, body))


def write_all(fd, data):
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def take_stdio():
    """Return a channel on stdin and stdout, and point both elsewhere: no print breaks a frame."""
    channel = Channel(os.dup(0), os.dup(1))
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.dup2(2, 1)
    return channel
