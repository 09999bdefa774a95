"""Grade many submissions side by side; one never touches another."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Protocol

from runner.errors import CancelledError
from runner.pipeline import Graded, GradeRequest, grade_submission
from runner.pool import side_by_side

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Future

    from graders.evidence import Evidence
    from runner.workshop import Workshop


class Watcher(Protocol):
    """Is told how a batch goes, from several threads."""

    def phase(self, position: int, name: str, /) -> None:
        """Submission ``position`` has come to a phase."""
        ...

    def done(self, position: int, graded: Graded, /) -> None:
        """Submission ``position`` is on record."""
        ...


@dataclass(frozen=True, slots=True)
class Failed:
    """A submission for which not even a record could be made."""

    error: Exception


def grade_batch(
    workshop: Workshop, requests: Sequence[GradeRequest], *, workers: int, watcher: Watcher
) -> list[Graded | Failed]:
    """Grade all and return the outcomes in the order of the requests.

    On KeyboardInterrupt every container is ended, nothing under way is recorded, and it is raised
    again.
    """
    stop = threading.Event()

    def work(position: int, request: GradeRequest) -> Graded:
        if stop.is_set():
            raise CancelledError("The batch was stopped.")
        watched = replace(
            request,
            on_phase=lambda name: watcher.phase(position, name),
            cancelled=stop.is_set,
        )
        graded = grade_submission(workshop, watched)
        watcher.done(position, graded)
        return graded

    jobs = [partial(work, number, one) for number, one in enumerate(requests)]
    futures = side_by_side(workshop.sandbox, jobs, workers=workers, stop=stop)
    return [_outcome(future) for future in futures]


def _outcome(future: Future[Graded]) -> Graded | Failed:
    error = future.exception()
    if isinstance(error, Exception):
        return Failed(error)
    return future.result()


def evidence_of(outcomes: Sequence[Graded | Failed]) -> list[Evidence]:
    """Return the evidence of all that came to a record."""
    return [one.evidence for one in outcomes if isinstance(one, Graded)]


def first_error(outcomes: Sequence[Graded | Failed]) -> Exception | None:
    """Return the first error of a submission for which no record could be made."""
    return next((one.error for one in outcomes if isinstance(one, Failed)), None)
