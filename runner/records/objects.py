"""Files by the digest of their content: written once, never changed."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
import urllib.parse
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from runner.errors import RecordsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import TypeVar

    A = TypeVar("A")
    B = TypeVar("B")

_AT_ONCE: Final = 16
"""How many files travel at the same time; each is a round trip or two."""


class Shelf(Protocol):
    """Where objects lie by name; written whole or not at all."""

    url: str
    """Opens the same place elsewhere; holds no password."""
    is_far: bool

    def has(self, name: str, /) -> bool:
        """Whether there is an object of this name."""
        ...

    def write(self, name: str, content: bytes, /) -> None:
        """Keep an object; it lasts when this returns."""
        ...

    def read(self, name: str, /) -> bytes | None:
        """Return an object, or None if there is none."""
        ...


class Objects:
    """A place of objects, each at ``ab/cdef…`` for its SHA-256.

    Args:
        place: A folder, its ``file://`` URL, or the URL of a file store such as
            ``s3://bucket/prefix``. The name of the store's own machine and whoever may open it
            come from the environment, never from the URL.

    Raises:
        RecordsError: there is no such kind of store, or a package for it is missing.
    """

    def __init__(self, place: Path | str) -> None:
        self._shelf = _open_shelf(place)

    @property
    def url(self) -> str:
        """What opens the same objects in another process: ``Objects(url)``."""
        return self._shelf.url

    @property
    def is_far(self) -> bool:
        """Whether other machines can read them."""
        return self._shelf.is_far

    def put(self, content: bytes) -> str:
        """Keep ``content`` and return its digest; it is kept for good when this returns.

        Raises:
            RecordsError: it could not be written, most often because the disk is full.
        """
        digest = hashlib.sha256(content).hexdigest()
        name = _name(digest)
        if not self._shelf.has(name):
            self._shelf.write(name, content)
        return digest

    def get(self, digest: str) -> bytes:
        """Return the content of ``digest``.

        Raises:
            RecordsError: it is missing or was changed.
        """
        content = self._shelf.read(_name(digest))
        if content is None:
            raise RecordsError(f"The stored file {digest[:12]} is missing.")
        if hashlib.sha256(content).hexdigest() != digest:
            raise RecordsError(f"The stored file {digest[:12]} was changed.")
        return content

    def put_tree(self, files: Mapping[str, bytes]) -> str:
        """Keep files by path and return the digest of their list."""
        paths = sorted(files)
        digests = self._all(self.put, [files[path] for path in paths])
        listing = dict(zip(paths, digests, strict=True))
        return self.put(json.dumps(listing, sort_keys=True).encode())

    def get_tree(self, digest: str) -> dict[str, bytes]:
        """Return the files kept by :meth:`put_tree`."""
        listing: dict[str, str] = json.loads(self.get(digest))
        contents = self._all(self.get, listing.values())
        return dict(zip(listing, contents, strict=True))

    def _all(self, do: Callable[[A], B], items: Iterable[A]) -> list[B]:
        """Do it for all: one after the other here, many at the same time with a store far away."""
        if not self._shelf.is_far:
            return [do(item) for item in items]
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            return list(pool.map(do, items))


class _Folder:
    """A folder of this machine."""

    is_far = False

    def __init__(self, root: Path) -> None:
        self._root = root
        self.url = root.absolute().as_uri()

    def has(self, name: str) -> bool:
        return (self._root / name).exists()

    def write(self, name: str, content: bytes) -> None:
        try:
            self._write(self._root / name, content)
        except OSError as error:
            raise RecordsError(
                f"The records in {self._root.parent} cannot be written: {error.strerror}."
            ) from error

    def _write(self, path: Path, content: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise

    def read(self, name: str) -> bytes | None:
        with contextlib.suppress(OSError):
            return (self._root / name).read_bytes()
        return None


def _open_shelf(place: Path | str) -> Shelf:
    if isinstance(place, Path):
        return _Folder(place)
    scheme, separator, _ = place.partition("://")
    if not separator:
        return _Folder(Path(place))
    if scheme == "file":
        return _Folder(Path(urllib.request.url2pathname(urllib.parse.urlsplit(place).path)))
    from runner.records.file_store import FileStore  # noqa: PLC0415 - only who has a store needs its package

    return FileStore(place)


def _name(digest: str) -> str:
    return f"{digest[:2]}/{digest[2:]}"
