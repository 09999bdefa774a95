"""Take in an archive: the host hands its bytes to a container and opens none of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from runner.intake import rules
from runner.intake.descriptors import CHUNK_BYTES
from runner.intake.draft import Draft
from runner.intake.folder import read_single_file
from runner.intake.reader import (
    failures_in,
    guest_limits,
    opened_reader,
    take_entry,
    text_of,
)
from runner.intake.snapshot import SourceKind
from sandbox.errors import GuestProtocolError

if TYPE_CHECKING:
    from runner.intake.reader import Reader
    from runner.intake.source import Source
    from sandbox.base import Sandbox

_SLACK_BYTES: Final = 8 << 20
_FORMATS: Final = {SourceKind.ZIP: "zip", SourceKind.TAR: "tar.gz"}
_FAILURES: Final = {
    "corrupt": "the archive is damaged or not what its name says: pack it again",
    "memory": "the archive takes too much memory to read: make it smaller",
}


def read_archive(source: Source, *, sandbox: Sandbox, image: str) -> Draft:
    """Return the files of an archive; one folder around everything is taken off.

    Raises:
        SubmissionRefusedError: the archive itself is too large or cannot be read.
        SandboxError: the machine failed.
    """
    draft = Draft(source.kind)
    packed = read_single_file(source.location, max_bytes=rules.MAX_ARCHIVE_BYTES)
    disk_bytes = len(packed) + _SLACK_BYTES
    with (
        opened_reader(sandbox, image, script="unpack.py", disk_bytes=disk_bytes) as reader,
        failures_in(draft, "the archive"),
    ):
        _send(reader, packed, _FORMATS[source.kind])
        _receive(reader, draft)
    draft.strip_top_folder()
    return draft


def _send(reader: Reader, packed: bytes, packed_as: str) -> None:
    reader.send(
        {
            "op": "unpack",
            "format": packed_as,
            "limits": guest_limits(),
            "leave_out": sorted(rules.LEFT_OUT_NAMES),
        }
    )
    for start in range(0, len(packed), CHUNK_BYTES):
        reader.send({"op": "part"}, packed[start : start + CHUNK_BYTES])
    reader.send({"op": "go"})


def _receive(reader: Reader, draft: Draft) -> None:
    while True:
        frame = reader.receive()
        match frame.header.get("t"):
            case "end":
                return
            case "failed":
                reason = _FAILURES.get(text_of(frame.header, "reason"))
                if reason is None:
                    raise GuestProtocolError("the reader failed for no known reason")
                draft.refuse(reason)
                return
            case _ if draft.is_full:
                return
            case _:
                take_entry(frame, draft)
