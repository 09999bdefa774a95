"""Images of a notebook: checked once more, and rebuilt from the parts that make the picture."""

from __future__ import annotations

import base64
import binascii
import struct
import zlib
from typing import TYPE_CHECKING, Final, NamedTuple

from markupsafe import Markup

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_BYTES: Final = 1 << 20
MAX_SIDE_PX: Final = 4000
_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_KEPT: Final = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"})


class Picture(NamedTuple):
    """A PNG as a ``data:`` address, with its size."""

    address: Markup
    width: int
    height: int


class PictureError(Exception):
    """The text is no PNG that a report would show; the message says why."""


def read_png(text: str) -> Picture:
    """Return the picture that is in base64 ``text``, without comments, profiles or a tail.

    Raises:
        PictureError: it is not strict base64, not a whole PNG, or too large.
    """
    if len(text) > MAX_BYTES * 4 // 3 + 4:
        raise PictureError("it is larger than 1 MiB")
    try:
        content = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise PictureError("it is not base64") from None
    if len(content) > MAX_BYTES:
        raise PictureError("it is larger than 1 MiB")
    chunks = list(_chunks(content))
    if not chunks or chunks[0][0] != b"IHDR" or len(chunks[0][1]) != 13:
        raise PictureError("it does not begin with the size of a picture")
    width, height = struct.unpack(">II", chunks[0][1][:8])
    if not (0 < width <= MAX_SIDE_PX and 0 < height <= MAX_SIDE_PX):
        raise PictureError(f"it is {width}x{height}; at most {MAX_SIDE_PX}x{MAX_SIDE_PX} is shown")
    rebuilt = _SIGNATURE + b"".join(_pack(kind, body) for kind, body in chunks if kind in _KEPT)
    encoded = base64.b64encode(rebuilt).decode("ascii")
    return Picture(Markup("data:image/png;base64,") + encoded, width, height)


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield kind and body of each chunk up to the end mark; checksums must be right."""
    if not content.startswith(_SIGNATURE):
        raise PictureError("it has no PNG signature")
    position = len(_SIGNATURE)
    while True:
        head = content[position : position + 8]
        if len(head) < 8:
            raise PictureError("it is cut off")
        length, kind = struct.unpack(">I4s", head)
        body = content[position + 8 : position + 8 + length]
        checksum = content[position + 8 + length : position + 12 + length]
        if len(body) < length or checksum != _checksum(kind, body):
            raise PictureError("it is damaged")
        yield kind, body
        if kind == b"IEND":
            return
        position += 12 + length


def _pack(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + _checksum(kind, body)


def _checksum(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", zlib.crc32(kind + body))
