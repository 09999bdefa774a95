"""A file store by URL, through fsspec: ``s3://``, ``gs://``, … ."""

from __future__ import annotations

import contextlib
import urllib.parse
from typing import TYPE_CHECKING, Any, Final

from runner.errors import RecordsError

if TYPE_CHECKING:
    from collections.abc import Iterator

_PATIENCE_S: Final = 120.0
"""How long one file may take, tries and all, in seconds."""
_OPTIONS: Final[dict[str, dict[str, Any]]] = {
    "s3": {
        "max_concurrency": 1,  # more would ask for the size before each file
        "config_kwargs": {
            "connect_timeout": 5,
            "read_timeout": 30,
            "retries": {"mode": "standard", "total_max_attempts": 4},
        },
    },
}


class FileStore:
    """Objects below a URL; stores replace a file whole or not at all.

    Raises:
        RecordsError: there is no such kind of store, its package is missing, or the URL holds a
            password.
    """

    is_far = True

    def __init__(self, url: str) -> None:
        """Open it; nothing is asked of it yet."""
        parts = urllib.parse.urlsplit(url)
        if parts.password or parts.query:
            raise RecordsError(
                f"A file store ({parts.scheme}://…) is named without a password or options: these "
                "come from the environment, such as AWS_ACCESS_KEY_ID and AWS_ENDPOINT_URL."
            )
        self.url = url.rstrip("/")
        try:
            from fsspec.core import url_to_fs  # noqa: PLC0415 - an extra

            self._files, self._root = url_to_fs(
                self.url,
                use_listings_cache=False,
                skip_instance_cache=True,  # it would not see that the environment has changed
                **_OPTIONS.get(parts.scheme, {}),
            )
        except ImportError as error:
            raise RecordsError(
                f"The file store {self.url} needs a package: pip install 'worksample[s3]' for S3, "
                f"the package of fsspec for others ({error})."
            ) from error
        except ValueError as error:
            raise RecordsError(f"The file store {self.url} cannot be opened: {error}.") from error
        self._patience = {"timeout": _PATIENCE_S} if self._files.async_impl else {}

    def has(self, name: str) -> bool:
        """Whether there is an object of this name."""
        with self._told():
            return bool(self._files.exists(self._path(name), **self._patience))

    def write(self, name: str, content: bytes) -> None:
        """Keep an object."""
        with self._told():
            self._files.pipe_file(self._path(name), content, **self._patience)

    def read(self, name: str) -> bytes | None:
        """Return an object, or None if there is none."""
        with self._told():
            try:
                return bytes(self._files.cat_file(self._path(name), **self._patience))
            except FileNotFoundError:
                return None

    def _path(self, name: str) -> str:
        return f"{self._root}/{name}"

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        """Say in our words what the store's package raises; no two share a class of errors."""
        try:
            yield
        except Exception as error:
            reason = " ".join(str(error).split()) or type(error).__name__
            raise RecordsError(
                f"The file store {self.url} failed: {reason[:300]}. Nothing is lost: once it "
                "answers, the same command goes on."
            ) from error
