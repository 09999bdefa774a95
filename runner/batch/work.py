"""Grade many submissions side by side; one never touches another, and nothing that is done is lost.

What waits, runs and is done stands in the records' queue. Whoever dies here leaves a lease behind
that the next one takes over: the same command goes on.
"""

from __future__ import annotations

import contextlib
import hashlib
import secrets
import threading
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Protocol

from graders.errors import GraderError
from runner.batch.admission import GRADE_MEMORY_BYTES, Gate, disk_of, machine_of
from runner.batch.breaker import Breaker
from runner.errors import (
    CancelledError,
    LeaseLostError,
    NotRegradedError,
    RecordsError,
    SourceError,
)
from runner.intake import SourceNotFoundError, fingerprint
from runner.pipeline import GradeRequest, Judged, Steps, is_worth_another_try
from runner.records import LEASE_S, Entry, JobState
from runner.regrading.steps import RegradeSteps
from runner.results import result_of
from runner.workshop import WorkerUnavailableError
from sandbox.errors import EngineUnavailableError, SandboxError
from sandbox.owner import Owner

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from graders.evidence import Evidence
    from runner.batch.admission import Machine
    from runner.records import Claim
    from runner.workshop import Workshop

_LOOK_S: Final = 0.2
_BEAT_S: Final = 1.0
_DEAD_S: Final = 2.0
"""How often who waits for others looks whether they are still there, in seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How a batch is worked through."""

    workers: int = 1
    attempts: int = 3
    """How often one submission is tried where the machine is at fault."""
    backoff_s: float = 2.0
    """Before the second attempt; five times that before the third, and so on."""
    lease_s: float = LEASE_S
    """How long an entry stays ours without being renewed."""
    patience_s: float = 300.0
    """How long an engine that does not answer is waited for."""


class Watcher(Protocol):
    """Is told how a batch goes, from several threads."""

    def phase(self, position: int, name: str, /) -> None:
        """Submission ``position`` has come to a phase."""
        ...

    def done(self, position: int, result: dict[str, Any], /, *, reused: bool) -> None:
        """Submission ``position`` is on record."""
        ...

    def say(self, words: str, /) -> None:
        """Something happened that concerns all: the engine does not answer."""
        ...


def grade_batch(
    workshop: Workshop,
    requests: Sequence[GradeRequest],
    *,
    pace: Pace,
    watcher: Watcher,
    machine: Machine | None = None,
) -> str:
    """Grade all that is not graded yet, and return the batch's id; its outcomes are on record.

    Several processes may work on the same batch. On KeyboardInterrupt every container is ended,
    what was under way is put back, and it is raised again.

    Args:
        workshop: What it is done with.
        requests: In the order in which they are to be graded.
        pace: How it is worked through.
        watcher: Is told how it goes.
        machine: What is asked whether there is room.

    Raises:
        EngineUnavailableError: no engine answered for too long; the same command goes on.
        NoRoomError: the disk is full; likewise.
        RecordsError: the records failed; likewise.
    """
    again = any(one.again for one in requests)
    entries = [Entry(one.task.id, one.candidate, one.source) for one in requests]
    batch_id = workshop.records.queue.open(entries, again=again, gone=_has_ended)
    work = _Work(workshop, requests, batch_id, pace, watcher)
    home = workshop.records.home
    here = machine_of(workshop.engine, home) if workshop.hands.are_here else disk_of(home)
    work.gate = Gate(
        machine or here,
        make_room=workshop.make_room,
        stopped=work.stop.is_set,
    )
    work.run()
    return batch_id


def outcomes(workshop: Workshop, batch_id: str) -> Iterator[Evidence]:
    """Yield the evidence of all of a batch that came to a record, in order."""
    for one in workshop.records.queue.facts(batch_id, JobState.DONE):
        if one.grading is not None:
            yield workshop.records.grading(one.grading)


class _Work:
    """One process at work on a batch."""

    gate: Gate

    def __init__(
        self, workshop: Workshop, requests: Sequence[GradeRequest], batch_id: str, pace: Pace,
        watcher: Watcher,
    ) -> None:  # fmt: skip
        self.stop = threading.Event()
        self._workshop = workshop
        self._queue = workshop.records.queue
        self._requests = requests
        self._batch_id = batch_id
        self._pace = pace
        self._watcher = watcher
        self._owner = f"{Owner.of_this_process().value}/{secrets.token_hex(4)}"
        self._breaker = Breaker(
            probe=lambda: workshop.hands.probe(workshop),
            patience_s=pace.patience_s,
            say=watcher.say,
        )
        self._phases: dict[int, str] = {}
        """What is done with the entries that are ours, by number."""
        self._look_for_the_dead = 0.0
        self._lock = threading.Lock()
        self._errors: list[BaseException] = []

    def run(self) -> None:
        """Work until all is done, by us or by others."""
        names = [f"grade-{number}" for number in range(self._pace.workers)]
        workers = [threading.Thread(target=self._safely, name=name) for name in names]
        heart = threading.Thread(target=self._beat, name="leases")
        for thread in (*workers, heart):
            thread.start()
        try:
            while any(worker.is_alive() for worker in workers):
                workers[0].join(_LOOK_S)
                workers.sort(key=threading.Thread.is_alive, reverse=True)
        except KeyboardInterrupt:
            self.stop.set()
            self._workshop.sandbox.close()
            self._workshop.hands.cancel()
            raise
        finally:
            self.stop.set()
            for thread in (*workers, heart):
                thread.join()
        if self._errors:
            raise self._errors[0]

    def _safely(self) -> None:
        try:
            self._work()
        except CancelledError:
            pass
        except BaseException as error:  # noqa: BLE001 - raised again by `run`
            self._errors.append(error)
            self.stop.set()

    def _work(self) -> None:
        while not self.stop.is_set():
            self._breaker.wait(self.stop)
            claim = self._queue.claim(self._batch_id, self._owner, lease_s=self._pace.lease_s)
            if claim is not None:
                self._attempt(claim)
            elif not self._queue.open_count(self._batch_id):
                return
            elif not self.stop.wait(_LOOK_S) and time.monotonic() > self._look_for_the_dead:
                self._look_for_the_dead = time.monotonic() + _DEAD_S
                self._queue.free_gone(self._batch_id, _has_ended)

    def _beat(self) -> None:
        """Renew the leases, and write down what is done with each entry."""
        said: dict[int, str] = {}
        renewed = time.monotonic()
        while not self.stop.wait(min(_BEAT_S, self._pace.lease_s / 4)):
            with self._lock:
                phases = dict(self._phases)
            overdue = time.monotonic() - renewed > self._pace.lease_s / 4
            if phases != said or (phases and overdue):
                with contextlib.suppress(RecordsError):  # the lease is long enough for the next one
                    self._queue.renew(self._owner, phases, lease_s=self._pace.lease_s)
                    said, renewed = phases, time.monotonic()

    def _attempt(self, claim: Claim) -> None:
        """Grade one; whatever goes wrong, the entry is done, failed or back in the queue."""
        try:
            self._grade(claim)
        except (SourceError, SourceNotFoundError, NotRegradedError) as error:
            self._queue.fail(claim, str(error))
            self._watcher.say(f"{claim.entry.candidate}: {error}")
        except LeaseLostError:
            pass
        except WorkerUnavailableError as error:
            self._queue.release(claim, str(error), after_s=self._pace.backoff_s)
        except EngineUnavailableError as error:
            self._queue.release(claim, str(error))
            self._breaker.trip(error)
        except BaseException:
            self._queue.release(claim)
            raise
        finally:
            with self._lock:
                self._phases.pop(claim.number, None)

    def _grade(self, claim: Claim) -> None:
        given = self._requests[claim.position]
        mark = self._fingerprint(given)
        if (
            claim.grading is not None
            and mark is not None
            and mark == claim.fingerprint
            and self._workshop.records.history.is_last(claim.grading)
        ):
            self._finish(claim, claim.grading, mark)
            return
        make_steps = Steps if given.regrading is None else RegradeSteps
        steps = make_steps(
            self._workshop,
            replace(given, again=claim.again, on_phase=lambda name: self._phase(claim, name)),
            queued_s=claim.queued_s,
        )
        self._phase(claim, "room")
        asked = time.monotonic()
        with self.gate.admitted(given.task.limits.memory_bytes + GRADE_MEMORY_BYTES):
            steps.queued_s += time.monotonic() - asked
            judged = self._judge(claim, steps)
        if judged is None:
            return
        if self.stop.is_set():
            raise CancelledError("The batch was stopped.")
        self._phase(claim, "record")
        self._record(claim, judged, mark)

    def _judge(self, claim: Claim, steps: Steps) -> Judged | None:
        """Return what the attempt came to; None if there is to be another one."""
        if claim.attempts >= self._pace.attempts:
            return steps.give_up("whoever worked on it died, every time.")
        try:
            return steps.judge()
        except EngineUnavailableError:
            raise
        except (SandboxError, GraderError) as error:
            if self.stop.is_set():
                raise CancelledError("The batch was stopped.") from error
            if not is_worth_another_try(error) or claim.attempts + 1 >= self._pace.attempts:
                return steps.give_up(error)
            after_s = self._pace.backoff_s * 5**claim.attempts
            self._queue.release(claim, str(error), after_s=after_s, counted=True)
            return None

    def _record(self, claim: Claim, judged: Judged, mark: str | None) -> None:
        if judged.number is not None:
            self._finish(claim, judged.number, mark)
            return
        self._workshop.records.add_grading(
            judged.evidence, key=judged.key, files=judged.files, claim=claim, fingerprint=mark,
            how=judged.how,
        )  # fmt: skip
        self._watcher.done(claim.position, result_of(judged.evidence), reused=False)

    def _finish(self, claim: Claim, grading: int, mark: str | None) -> None:
        self._queue.finish(claim, grading=grading, fingerprint=mark)
        result = self._workshop.records.results_of([grading])[grading]
        self._watcher.done(claim.position, result, reused=True)

    def _phase(self, claim: Claim, name: str) -> None:
        with self._lock:
            self._phases[claim.number] = name
        self._watcher.phase(claim.position, name)

    def _fingerprint(self, request: GradeRequest) -> str | None:
        """Return a digest of everything that a grading depends on, if the source has one."""
        content = None if request.regrading else fingerprint(request.source)
        if content is None:
            return None
        images = self._workshop.images
        parts = (content, request.candidate, request.task.digest, images.candidate, images.grade)
        return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def _has_ended(owner: str) -> bool:
    return Owner.has_ended(owner.partition("/")[0])
