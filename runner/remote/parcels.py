"""Put what an order names into the file store, and take it out again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from graders.material import SubmissionFile
from tasks.files import grading_files

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from runner.records.objects import Objects
    from tasks.model import Task

PIECE_BYTES: Final = 16 << 20
"""Of an image; as much as is held in memory at once."""
_BITS: Final = {True: "x/", False: "-/"}


def put_task(objects: Objects, task: Task) -> str:
    """Keep what grading needs of a task, without its solutions."""
    return objects.put_tree(grading_files(task.path))


def get_task(objects: Objects, digest: str, folder: Path) -> None:
    """Write the task's files to a folder."""
    for name, content in objects.get_tree(digest).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def put_submission(objects: Objects, files: Sequence[SubmissionFile]) -> str:
    """Keep a submission with its executable bits."""
    return objects.put_tree({_BITS[one.executable] + one.path: one.content for one in files})


def get_submission(objects: Objects, digest: str) -> tuple[SubmissionFile, ...]:
    """Return a submission, sorted by path."""
    found = (
        SubmissionFile(path=name[2:], content=content, executable=name.startswith(_BITS[True]))
        for name, content in objects.get_tree(digest).items()
    )
    return tuple(sorted(found, key=lambda one: one.path))


def put_stream(objects: Objects, chunks: Iterable[bytes]) -> str:
    """Keep a stream of any length, in pieces, and return the digest of their list."""
    return objects.put(json.dumps([objects.put(piece) for piece in _pieces(chunks)]).encode())


def get_stream(objects: Objects, digest: str) -> Iterator[bytes]:
    """Yield the pieces of a stream."""
    for piece in json.loads(objects.get(digest)):
        yield objects.get(piece)


def _pieces(chunks: Iterable[bytes]) -> Iterator[bytes]:
    held = bytearray()
    for chunk in chunks:
        held += chunk
        if len(held) >= PIECE_BYTES:
            yield bytes(held)
            held.clear()
    if held:
        yield bytes(held)
