"""Give the heavy part of gradings to any ``concurrent.futures.Executor``."""

from __future__ import annotations

import contextlib
import math
import threading
import time
from concurrent.futures import BrokenExecutor, wait
from concurrent.futures import CancelledError as FutureCancelledError
from dataclasses import replace
from typing import TYPE_CHECKING, Final, NoReturn

from pydantic import ValidationError

from graders.assess import Assessment
from graders.handed_in import UngradableSubmissionError
from graders.kept_runs import from_bytes, to_bytes
from runner.errors import CancelledError, WorkerError
from runner.remote.order import BUG, FAULTS, FOUND, KEPT, Answer, Found, Judging, Order, code
from runner.remote.parcels import put_stream, put_submission, put_task
from runner.remote.worker import carry_out, look
from runner.variants import flatten, unflatten
from runner.workshop import Assessed, Where, WorkerUnavailableError
from sandbox.docker_images import DockerImages
from sandbox.engine_api import connect
from sandbox.errors import EngineUnavailableError, SandboxError

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Executor, Future

    from graders.assess import AssessRequest
    from graders.material import VariantData
    from runner.workshop import Workshop
    from tasks.model import Task

PATIENCE_S: Final = 300.0
"""How long no worker may have done anything before the batch is held back."""
PROBE_S: Final = 30.0
_LOOK_S: Final = 0.2
_IMAGES: Final = 2


class ExecutorUnavailableError(EngineUnavailableError):
    """What gives the work to workers does not answer, or has no workers."""

    def __init__(self, reason: str) -> None:
        Exception.__init__(self, f"The workers cannot be reached ({reason}).")
        self.reason = reason


def elsewhere(
    workshop: Workshop, executor: Executor, *, check: Callable[[], None] = lambda: None
) -> Workshop:
    """Return the same workshop, whose submissions are judged by the workers of an executor.

    Workers need this very worksample, an engine, and the file store of the records. Submissions are
    taken in here; the queue and the records stay here.

    Args:
        workshop: What a batch is worked on with.
        executor: Of any kind whose workers import this worksample; started and shut down by who
            calls.
        check: Asked now and then by who waits; raises an EngineUnavailableError if there is nobody
            to wait for.
    """
    return replace(workshop, hands=_Elsewhere(executor, check))


class _Elsewhere:
    """The workers of an executor."""

    are_here = False

    def __init__(self, executor: Executor, check: Callable[[], None]) -> None:
        self._executor = executor
        self._check = check
        self._lock = threading.Lock()
        self._cancelled = threading.Event()
        self._under_way = 0
        self._done_at = time.monotonic()
        """When a worker was done with something last."""
        self._tasks: dict[str, str] = {}
        self._images: dict[str, str] = {}
        self._putting = threading.Lock()

    def generate(self, workshop: Workshop, task: Task, *, seed: int) -> VariantData:
        """Have a variant made."""
        answer = self._have_done(workshop, self._order(workshop, task, seed=seed))
        return unflatten(workshop.records.objects.get_tree(answer.result), task.scenarios)

    def assess(self, workshop: Workshop, request: AssessRequest) -> Assessed:
        """Have a submission judged."""
        request.on_phase("elsewhere")
        objects, circumstances = workshop.records.objects, request.circumstances
        judging = Judging(
            submission=put_submission(objects, request.files),
            variant=objects.put_tree(flatten(request.data)),
            limits=request.limits,
            run_id=request.run_id,
            circumstances=None if circumstances is None else dict(circumstances),
            kept="" if request.kept is None else objects.put(to_bytes(request.kept)),
        )
        order = self._order(workshop, request.task).model_copy(update={"judging": judging})
        started = time.monotonic()
        answer = self._have_done(workshop, order)
        took_s = time.monotonic() - started
        tree = objects.get_tree(answer.result)
        kept = from_bytes(tree[KEPT]) if KEPT in tree else None
        found = Assessment(**dict(Found.model_validate_json(tree[FOUND])), kept=kept)
        waited_s = max(0.0, took_s - answer.image_s - sum(found.phases_s.values()))
        where = Where(answer.engine, answer.runtime)
        return Assessed(found, where, waited_s=waited_s, image_s=answer.image_s)

    def probe(self, workshop: Workshop) -> None:
        """Ask any worker's engine anything."""
        future = self._submit(look, workshop.runtime)
        self._await(future, deadline=time.monotonic() + PROBE_S)
        answer = self._answer(future)
        if answer.fault:
            _raise(answer)

    def cancel(self) -> None:
        """Give up what is under way; workers end what they have begun, and nobody reads it."""
        self._cancelled.set()

    def _order(self, workshop: Workshop, task: Task, *, seed: int = 0) -> Order:
        return Order(
            store=workshop.records.objects.url,
            task=self._put_task(workshop, task),
            task_id=task.id,
            task_digest=task.digest,
            candidate_image=workshop.images.candidate,
            grade_image=workshop.images.grade,
            runtime=workshop.runtime,
            most_uses=workshop.graders.most_uses,
            seed=seed,
        )

    def _put_task(self, workshop: Workshop, task: Task) -> str:
        with self._putting:
            if task.digest not in self._tasks:
                self._tasks[task.digest] = put_task(workshop.records.objects, task)
            return self._tasks[task.digest]

    def _put_images(self, workshop: Workshop, images: tuple[str, ...]) -> None:
        """Put images that a worker lacks into the file store, each once for these records."""
        records = workshop.records
        with self._putting:
            for image in images:
                if image in self._images:
                    continue
                place = records.find_kept(f"image {image}")
                if place is None:
                    with contextlib.closing(connect(None)) as api:
                        saved = DockerImages(api).save(image)
                        place = put_stream(records.objects, saved).encode()
                    records.keep(f"image {image}", place)
                self._images[image] = place.decode()

    def _have_done(self, workshop: Workshop, order: Order) -> Answer:
        """Return a good answer; its images took the time here, too.

        Raises:
            CancelledError: the batch was stopped.
            Exception: what went wrong, as if it had gone wrong here.
        """
        started = asked = time.monotonic()
        answer = self._ask(order)
        for _ in range(_IMAGES):  # each time another worker may lack another one
            if answer.missing:
                self._put_images(workshop, answer.missing)
                asked = time.monotonic()
                answer = self._ask(order)
        if answer.missing:
            raise WorkerError(f"The worker {answer.worker} has no images and takes none.")
        if answer.fault == EngineUnavailableError.__name__ and not self._is_last():
            raise WorkerUnavailableError(f"{answer.words}, on the worker {answer.worker}")
        if answer.fault:
            _raise(answer)
        return answer.model_copy(update={"image_s": asked - started + answer.image_s})

    def _is_last(self) -> bool:
        """Tell whether nobody else is at work, or nothing has been done for too long."""
        with self._lock:
            waited_s = time.monotonic() - self._done_at
            return self._under_way == 0 or waited_s > PATIENCE_S

    def _ask(self, order: Order) -> Answer:
        order = order.model_copy(update={"images": dict(self._images)})
        with self._lock:
            self._under_way += 1
        try:
            future = self._submit(carry_out, order.model_dump_json())
            self._await(future)
            answer = self._answer(future)
        finally:
            with self._lock:
                self._under_way -= 1
        if not answer.fault:
            with self._lock:
                self._done_at = time.monotonic()
        return answer

    def _submit(self, function: Callable[..., str], argument: str | None) -> Future[str]:
        try:
            return self._executor.submit(function, code(), argument)
        except (RuntimeError, OSError) as error:  # it was shut down, or is broken
            raise ExecutorUnavailableError(_one_line(error)) from error

    def _await(self, future: Future[str], *, deadline: float = math.inf) -> None:
        """Wait until the future is done, in slices."""
        while not wait([future], timeout=_LOOK_S).done:
            if self._cancelled.is_set():
                future.cancel()
                raise CancelledError("The batch was stopped.")
            if time.monotonic() > deadline:
                future.cancel()
                raise ExecutorUnavailableError(f"no answer within {PROBE_S:g} s")
            self._check()

    def _answer(self, future: Future[str]) -> Answer:
        """Return what came back.

        Raises:
            ExecutorUnavailableError: the executor lost it.
            SandboxError: whoever worked on it died.
            WorkerError: a worker has another worksample, or none.
        """
        try:
            return Answer.model_validate_json(future.result())
        except (FutureCancelledError, BrokenExecutor) as error:
            raise ExecutorUnavailableError(f"the work was lost: {_one_line(error)}") from error
        except (ImportError, AttributeError, ValidationError) as error:
            raise WorkerError(
                f"A worker has no worksample of this version ({_one_line(error)}): install the "
                "same version there, and start the worker again."
            ) from error
        except Exception as error:  # the worker's own faults are words; this is the executor's
            raise SandboxError(f"Whoever worked on it was lost ({_one_line(error)}).") from error


def _raise(answer: Answer) -> NoReturn:
    """Raise what went wrong at a worker."""
    where = f"(worker {answer.worker})"
    kinds = {kind.__name__: kind for kind in FAULTS}
    if answer.fault == UngradableSubmissionError.__name__:
        raise UngradableSubmissionError(answer.problems)
    if answer.fault == BUG:
        raise RuntimeError(f"A worker met a bug of worksample's {where}:\n{answer.words}")
    kind = kinds[answer.fault]
    raise kind(
        f"{answer.words} {where}" if issubclass(kind, WorkerError | SandboxError) else answer.words
    )


def _one_line(error: BaseException) -> str:
    return str(error).partition("\n")[0][:300] or type(error).__name__
