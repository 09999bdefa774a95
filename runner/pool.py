"""Do things with containers: several at the same time, stopped cleanly, and once more."""

from __future__ import annotations

from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, Any, TypeVar

from runner.errors import CancelledError
from sandbox.errors import EngineUnavailableError, SandboxError

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Sequence

    from sandbox.base import Sandbox

T = TypeVar("T")


def side_by_side(
    sandbox: Sandbox, jobs: Sequence[Callable[[], T]], *, workers: int, stop: threading.Event
) -> list[Future[T]]:
    """Do all jobs and return their futures, in order.

    On KeyboardInterrupt ``stop`` is set, every container is ended, and it is raised again.
    """
    with ThreadPoolExecutor(max_workers=workers, thread_name_prefix="grade") as pool:
        futures = [pool.submit(job) for job in jobs]
        try:
            _wait(futures)
        except KeyboardInterrupt:
            stop.set()
            pool.shutdown(wait=False, cancel_futures=True)
            sandbox.close()
            raise
    return futures


def _wait(futures: Sequence[Future[T]]) -> None:
    """Wait in slices, so that an interrupt is noticed."""
    pending = set(futures)
    while pending:
        _, pending = wait(pending, timeout=0.2, return_when=FIRST_COMPLETED)


def raise_first_error(futures: Sequence[Future[Any]]) -> None:
    """Raise what went wrong first; what was stopped because of it says nothing."""
    errors = [error for future in futures if (error := future.exception())]
    for error in errors:
        if not isinstance(error, CancelledError):
            raise error
    for error in errors:
        raise error


def twice(work: Callable[[], T]) -> T:
    """Do it, and once more if the machine failed, unless no engine answers."""
    try:
        return work()
    except EngineUnavailableError:
        raise
    except SandboxError:
        return work()
