"""A Dask cluster as an executor that finds its scheduler again."""

from __future__ import annotations

import contextlib
import threading
import time
from concurrent.futures import Executor, Future
from typing import TYPE_CHECKING, Any, Final, TypeVar

from distributed import Client
from distributed.client import ClosedClientError

from runner.remote.elsewhere import ExecutorUnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

T = TypeVar("T")

SCHEMES: Final = {"dask": "tcp", "tcp": "tcp", "tls": "tls"}
"""What a URL of a cluster may begin with, and what Dask calls it."""
CONNECT_S: Final = 5.0
EMPTY_S: Final = 60.0
"""How long a cluster without workers is waited for."""
_CHECK_S: Final = 5.0


class Cluster(Executor):
    """The workers behind a scheduler.

    Raises:
        ExecutorUnavailableError: no scheduler answers, or it has no workers.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._lock = threading.Lock()
        self._client = self._connect()
        self._looked_at = self._peopled_at = time.monotonic()
        try:
            self._client.wait_for_workers(1, timeout=CONNECT_S)
        except TimeoutError as error:
            self.shutdown()
            raise ExecutorUnavailableError(
                f"{url} has no workers; start some with `dask worker`"
            ) from error

    def threads(self) -> int:
        """Return how many orders its workers take at the same time."""
        return sum(self._ask(lambda client: client.nthreads()).values())

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Give it to a worker; see ``concurrent.futures.Executor``."""
        # Not `pure`: what failed is tried again, although its arguments are the same.
        return self._ask(lambda client: client.get_executor(pure=False).submit(fn, *args, **kwargs))

    def check(self) -> None:
        """Raise an error if there are no workers and none has come for a while."""
        with self._lock:
            now = time.monotonic()
            if now < self._looked_at + _CHECK_S:
                return
            self._looked_at = now
        if self.threads():
            self._peopled_at = now
        elif now > self._peopled_at + EMPTY_S:
            raise ExecutorUnavailableError(f"{self._url} has had no worker for {EMPTY_S:g} s")

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: ARG002
        """Say goodbye to the scheduler, which drops what is under way; the cluster stays."""
        with contextlib.suppress(OSError, TimeoutError):
            self._client.close()

    def _ask(self, question: Callable[[Client], T]) -> T:
        """Ask the scheduler, over a new connection if the last one was given up."""
        with self._lock:
            if self._client.status == "closed":
                self._client = self._connect()
            client = self._client
        if client.status != "running":
            raise ExecutorUnavailableError(f"{self._url} does not answer")
        try:
            return question(client)
        except (OSError, TimeoutError, RuntimeError, ClosedClientError) as error:
            raise ExecutorUnavailableError(f"{self._url}: {error}") from error

    def _connect(self) -> Client:
        scheme, _, place = self._url.partition("://")
        try:
            return Client(
                f"{SCHEMES[scheme]}://{place}",
                timeout=CONNECT_S,
                set_as_default=False,
                name="worksample",
            )
        except (OSError, TimeoutError) as error:
            raise ExecutorUnavailableError(f"no scheduler answers at {self._url}") from error


@contextlib.contextmanager
def open_cluster(url: str) -> Iterator[Cluster]:
    """Give the cluster behind a URL.

    Raises:
        ExecutorUnavailableError: no scheduler answers, or it has no workers.
    """
    cluster = Cluster(url)
    try:
        yield cluster
    finally:
        cluster.shutdown()
