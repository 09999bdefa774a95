"""Files by the digest of their content: written once, never changed."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from runner.errors import RecordsError

if TYPE_CHECKING:
    from collections.abc import Mapping


class Objects:
    """A folder of objects, each at ``ab/cdef…`` for its SHA-256."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def put(self, content: bytes) -> str:
        """Keep ``content`` and return its digest; it is on the disk when this returns.

        Raises:
            RecordsError: it could not be written, most often because the disk is full.
        """
        digest = hashlib.sha256(content).hexdigest()
        path = self._path(digest)
        if path.exists():
            return digest
        try:
            self._write(path, content)
        except OSError as error:
            raise RecordsError(
                f"The records in {self._root.parent} cannot be written: {error.strerror}."
            ) from error
        return digest

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

    def get(self, digest: str) -> bytes:
        """Return the content of ``digest``.

        Raises:
            RecordsError: it is missing or was changed.
        """
        try:
            content = self._path(digest).read_bytes()
        except OSError as error:
            raise RecordsError(f"The stored file {digest[:12]} is missing.") from error
        if hashlib.sha256(content).hexdigest() != digest:
            raise RecordsError(f"The stored file {digest[:12]} was changed.")
        return content

    def put_tree(self, files: Mapping[str, bytes]) -> str:
        """Keep files by path and return the digest of their list."""
        listing = {path: self.put(content) for path, content in sorted(files.items())}
        return self.put(json.dumps(listing, sort_keys=True).encode())

    def get_tree(self, digest: str) -> dict[str, bytes]:
        """Return the files kept by :meth:`put_tree`."""
        listing: dict[str, str] = json.loads(self.get(digest))
        return {path: self.get(content) for path, content in listing.items()}

    def _path(self, digest: str) -> Path:
        return self._root / digest[:2] / digest[2:]
