"""A throw-away container that reads what the host does not: archives and repositories.

Before its script is ready, a failure is the machine's. Afterwards the container has met the
submission and is hostile: what it says is checked again, and its death is the submission's doing.
"""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING, Final

from graders.guests import PYTHON, agent_command, guest_source
from runner.intake import rules
from runner.intake.rules import show_name
from sandbox.errors import GuestGoneError, GuestProtocolError, GuestTimeoutError
from sandbox.model import GIB, ContainerSpec, Limits, Role

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from runner.intake.draft import Draft
    from sandbox.base import Container, Sandbox
    from sandbox.frames import Frame

PROTOCOL: Final = 1
DEADLINE_S: Final = 30.0
_READY_S: Final = 30.0
_MEMORY_BYTES: Final = GIB
_SCRIPTS: Final = ("wire.py", "unpack.py", "git_tree.py")
_MAX_STREAM_BYTES: Final = rules.MAX_TOTAL_BYTES + rules.MAX_FILE_BYTES + (32 << 20)
_KIND_PROBLEMS: Final = {
    "symlink": "is a symbolic link: put the file itself in its place",
    "hardlink": "is a hard link, one file under several names: put a copy in its place",
    "special": "is neither a file nor a folder: remove it",
    "sparse": "is stored as a sparse file: pack it as a plain one, without --sparse",
    "encrypted": "is encrypted: pack it without a password",
    "method": "is compressed in a way that is not read here: pack it with plain zip compression",
    "damaged": "is damaged in the archive: pack it again",
    "submodule": "is a submodule; submodules are not fetched: hand in the files",
    "missing": "is not in the repository, which is incomplete: hand in a full clone, without "
    "alternates and no partial one",
}


class Reader:
    """A conversation with one guest script under one deadline."""

    def __init__(self, container: Container, deadline_s: float) -> None:
        self._container = container
        self._deadline = time.monotonic() + deadline_s

    def send(self, header: Mapping[str, object], body: bytes = b"") -> None:
        """Send one frame, within what is left of the deadline."""
        self._container.send(header, body, timeout_s=self._left())

    def receive(self) -> Frame:
        """Return the next frame, within what is left of the deadline."""
        return self._container.receive(timeout_s=self._left())

    def _left(self) -> float:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise GuestTimeoutError("the time for reading the submission is used up")
        return left


@contextlib.contextmanager
def opened_reader(
    sandbox: Sandbox,
    image: str,
    *,
    script: str,
    disk_bytes: int,
    deadline_s: float = DEADLINE_S,
    network: str | None = None,
) -> Iterator[Reader]:
    """Start a container that runs ``script``, and end it.

    Raises:
        SandboxError: it did not get ready.
    """
    spec = ContainerSpec(
        role=Role.READER,
        image=image,
        command=agent_command(),
        limits=Limits(
            wall_time_s=deadline_s, memory_bytes=_MEMORY_BYTES, pids=32, disk_bytes=disk_bytes
        ),
        network=network,
        max_frame_bytes=rules.MAX_FILE_BYTES,
        max_stream_bytes=_MAX_STREAM_BYTES,
        lifetime_s=600.0,
    )
    with sandbox.start(spec) as container:
        for name in _SCRIPTS:
            container.send({"op": "put", "path": f"intake/{name}"}, guest_source(name))
        container.send({"op": "become", "argv": [PYTHON, "-I", f"/work/intake/{script}"]})
        ready = container.receive(timeout_s=_READY_S).header
        if ready.get("t") != "ready" or ready.get("protocol") != PROTOCOL:
            raise GuestProtocolError(f"{script} speaks another protocol than this host")
        yield Reader(container, deadline_s)


@contextlib.contextmanager
def failures_in(draft: Draft, what: str, *, deadline_s: float = DEADLINE_S) -> Iterator[None]:
    """Turn the death or nonsense of a container that met the submission into a problem of its."""
    try:
        yield
    except (GuestGoneError, GuestTimeoutError, GuestProtocolError):
        draft.refuse(
            f"{what} could not be read within the limits ({deadline_s:g} seconds, "
            f"{_MEMORY_BYTES >> 30} GiB of memory): make it smaller or simpler"
        )


def guest_limits() -> dict[str, int]:
    """Return the limits that a guest script holds while it reads."""
    return {
        "max_files": rules.MAX_FILES,
        "max_entries": rules.MAX_ENTRIES,
        "max_scanned_entries": 10 * rules.MAX_ENTRIES,
        "max_file_bytes": rules.MAX_FILE_BYTES,
        "max_total_bytes": rules.MAX_TOTAL_BYTES,
        "max_scanned_bytes": GIB,
        "max_ratio": rules.MAX_RATIO,
        "ratio_floor_bytes": rules.RATIO_FLOOR_BYTES,
    }


def take_entry(frame: Frame, draft: Draft) -> None:
    """Add what one ``entry``, ``left_out`` or ``over`` frame claims, under the same rules.

    Raises:
        GuestProtocolError: it is none of these or not as it should be.
    """
    header = frame.header
    match header.get("t"):
        case "entry":
            _take_named(frame, draft)
        case "left_out":
            draft.leave_out(_plain_path(text_of(header, "name")))
        case "over":
            _take_over(text_of(header, "limit"), draft)
        case _:
            raise GuestProtocolError("the reader sent a frame of no known kind")


def _take_named(frame: Frame, draft: Draft) -> None:
    header = frame.header
    kind, is_utf8 = text_of(header, "kind"), bool_of(header, "utf8")
    path = _plain_path(text_of(header, "name"))
    left_out = rules.left_out_part(path)
    if left_out is not None:
        draft.leave_out(left_out)
    elif kind in _KIND_PROBLEMS:
        draft.takes_name(path, is_utf8=is_utf8)
        draft.refuse(f"{show_name(path)} {_KIND_PROBLEMS[kind]}")
    elif kind == "folder":
        folder = path.rstrip("/") if path.strip("/") else path
        if folder not in ("", "."):
            draft.takes_name(folder, is_utf8=is_utf8)
    elif kind in ("file", "too_large"):
        _take_file(frame, draft, path, is_utf8=is_utf8, is_whole=kind == "file")
    else:
        raise GuestProtocolError("the reader sent an entry of no known kind")


def _take_file(frame: Frame, draft: Draft, path: str, *, is_utf8: bool, is_whole: bool) -> None:
    size = int_of(frame.header, "size")
    if size < 0 or len(frame.body) != (size if is_whole else 0):
        raise GuestProtocolError("the reader sent a file of another size than it said")
    if draft.takes_file(path, size, is_utf8=is_utf8):
        if not is_whole:
            raise GuestProtocolError("the reader held back a file that is small enough")
        draft.add_file(path, frame.body, executable=bool_of(frame.header, "executable"))


def _plain_path(path: str) -> str:
    """Take off the ``./`` that ``tar`` puts before everything when it packs ``.``."""
    while path.startswith("./"):
        path = path[2:]
    return path


def _take_over(limit: str, draft: Draft) -> None:
    match limit:
        case "files" | "entries":
            draft.refuse_count()
        case "total_bytes":
            draft.refuse_total()
        case "ratio":
            draft.refuse(
                f"its content is more than {rules.MAX_RATIO} times as large as the archive: "
                "leave out what is only padding"
            )
        case _:
            raise GuestProtocolError("the reader named a limit that there is not")


def text_of(header: Mapping[str, object], key: str) -> str:
    """Return a text from a frame's header."""
    value = header.get(key)
    if not isinstance(value, str):
        raise GuestProtocolError(f"the reader sent no text as {key}")
    return value


def int_of(header: Mapping[str, object], key: str) -> int:
    """Return a whole number from a frame's header."""
    value = header.get(key)
    if not isinstance(value, int) or isinstance(value, bool):
        raise GuestProtocolError(f"the reader sent no whole number as {key}")
    return value


def bool_of(header: Mapping[str, object], key: str) -> bool:
    """Return a truth value from a frame's header."""
    value = header.get(key)
    if not isinstance(value, bool):
        raise GuestProtocolError(f"the reader sent no truth value as {key}")
    return value
