"""Frames on attached stdio: ``u32 header length, u32 body length, JSON header, body``, big-endian.

The header is strict JSON, the body raw bytes. ``sandbox/guest/agent.py`` holds the guest's half; a
test holds the two against each other.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from sandbox.errors import GuestProtocolError
from sandbox.strict_json import StrictJsonError, loads_object

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PREFIX: Final = struct.Struct(">II")
MAX_HEADER_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One message."""

    header: Mapping[str, object]
    body: bytes = b""
    head: bytes = field(default=b"", compare=False, repr=False)
    """The header as it came, for handing it on; empty in a frame of our own."""


def encode(header: Mapping[str, object], body: bytes = b"") -> bytes:
    """Return the bytes of one frame."""
    return encode_raw(json.dumps(header, allow_nan=False, separators=(",", ":")).encode(), body)


def encode_raw(head: bytes, body: bytes) -> bytes:
    """Return the bytes of a frame whose header is JSON already."""
    return PREFIX.pack(len(head), len(body)) + head + body


class FrameDecoder:
    """Cut a byte stream into frames, refusing what is too large before it is held."""

    def __init__(self, *, max_body_bytes: int) -> None:
        self._max_body_bytes = max_body_bytes
        self._buffer = bytearray()

    @property
    def pending(self) -> int:
        """How many bytes of a frame that is not complete are held."""
        return len(self._buffer)

    def feed(self, data: bytes) -> Iterator[Frame]:
        """Take ``data`` and yield every frame that is complete.

        Raises:
            GuestProtocolError: a length beyond its cap or a header that is not strict JSON.
        """
        self._buffer += data
        while len(self._buffer) >= PREFIX.size:
            head_bytes, body_bytes = PREFIX.unpack_from(self._buffer)
            if head_bytes > MAX_HEADER_BYTES or body_bytes > self._max_body_bytes:
                raise GuestProtocolError(
                    f"a frame of {head_bytes} + {body_bytes} bytes is beyond its cap"
                )
            end = PREFIX.size + head_bytes + body_bytes
            if len(self._buffer) < end:
                return
            head = bytes(self._buffer[PREFIX.size : PREFIX.size + head_bytes])
            body = bytes(self._buffer[PREFIX.size + head_bytes : end])
            del self._buffer[:end]
            yield Frame(header=_header(head), body=body, head=head)


def _header(head: bytes) -> dict[str, object]:
    try:
        return loads_object(head)
    except StrictJsonError as error:
        raise GuestProtocolError(f"a frame's header is {error}") from error
