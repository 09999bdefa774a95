"""What runs on a worker: one order, on the worker's own engine.

A process keeps its sandbox and its tasks from one order to the next. Nothing of a submission is
imported, unpickled or executed here; it is taken from the file store as bytes, by digest.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import tempfile
import threading
import time
import traceback
from dataclasses import fields
from functools import cache
from multiprocessing.util import Finalize
from pathlib import Path
from typing import TYPE_CHECKING, Final

from graders.assess import Assessment, AssessRequest, assess
from graders.grade_containers import GradeContainers
from graders.handed_in import UngradableSubmissionError
from graders.kept_runs import from_bytes, to_bytes
from graders.material import GradingImages
from graders.variants import generate
from runner.batch.admission import GRADE_MEMORY_BYTES, Gate, machine_of
from runner.errors import NoRoomError, RecordsError, WorkerError
from runner.records.objects import Objects
from runner.remote.order import BUG, FAULTS, FOUND, KEPT, Answer, Found, Order, code
from runner.remote.parcels import get_stream, get_submission, get_task
from runner.trust import UntrustedEngineError, ensure_trusted
from runner.variants import flatten, unflatten
from runner.workshop import Where
from sandbox.cache import cache_folder, locked
from sandbox.docker_engine import DockerSandbox
from sandbox.docker_images import DockerImages
from sandbox.errors import EngineUnavailableError, ImageError, SandboxError
from tasks.errors import TaskError
from tasks.files import task_digest
from tasks.loader import load_task

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from runner.remote.order import Judging
    from sandbox.model import EngineInfo
    from tasks.model import Task

ENGINE_WAIT_S: Final = 60.0
"""How long a worker waits for its engine before it answers; so long it takes no other order."""
_UNUSABLE: Final = (
    UntrustedEngineError, ImageError, NoRoomError, RecordsError, TaskError, WorkerError
)  # fmt: skip
"""What no other submission would fare better with."""
IDLE_S: Final = 60.0
"""How long a worker without orders keeps its grade containers."""
_LOOK_S: Final = 1.0
_OPENING: Final = threading.Lock()


def carry_out(wanted_code: str, text: str) -> str:
    """Do what an order says and return the answer, both as JSON.

    Args:
        wanted_code: What the giver of the order calls its own code.
        text: An :class:`Order`.
    """
    if wanted_code != code():
        return _fault(WorkerError(_other_code(wanted_code))).model_dump_json()
    order = Order.model_validate_json(text)
    try:
        answer = _carry_out(order)
    except EngineUnavailableError as error:
        answer = _fault(error)
        _wait_for_engine(order.runtime)
    except Exception as error:  # noqa: BLE001 - the boundary: faults cross as words
        answer = _fault(error)
    return answer.model_dump_json()


def look(wanted_code: str, runtime: str | None) -> str:
    """Answer whether the worker's engine does."""
    try:
        if wanted_code != code():
            raise WorkerError(_other_code(wanted_code))  # noqa: TRY301 - as any other fault
        _ask_engine(runtime)
    except Exception as error:  # noqa: BLE001 - as above
        return _fault(error).model_dump_json()
    return Answer(worker=_name()).model_dump_json()


class _Place:
    """The engine of this machine, under one runtime; kept from one order to the next."""

    def __init__(self, runtime: str | None, most_uses: int) -> None:
        self.sandbox = DockerSandbox(runtime=runtime)
        self.images = DockerImages(self.sandbox.api)
        self.graders = GradeContainers(self.sandbox, most_uses=most_uses)
        machine = machine_of(self.sandbox.info(), Path(tempfile.gettempdir()))
        self.gate = Gate(machine, make_room=lambda: None, stopped=lambda: False)
        self._evening = threading.Timer(0, self.graders.close)
        _at_exit(self.sandbox.close)

    @contextlib.contextmanager
    def at_work(self) -> Iterator[None]:
        """Remove what others left; afterwards end the grade containers if no order comes."""
        self.sandbox.remove_leftovers()
        try:
            yield
        finally:
            with _OPENING:
                self._evening.cancel()
                self._evening = threading.Timer(IDLE_S, self.graders.close)
                self._evening.daemon = True
                self._evening.start()


@cache
def _open(runtime: str | None, most_uses: int) -> _Place:
    return _Place(runtime, most_uses)


def _carry_out(order: Order) -> Answer:
    with _OPENING:
        place = _open(order.runtime, order.most_uses)
    with place.at_work():
        return _work(place, order)


def _work(place: _Place, order: Order) -> Answer:
    engine = place.sandbox.info()
    objects = Objects(order.store)
    started = time.monotonic()
    missing = _missing(place.images, objects, order)
    image_s = time.monotonic() - started
    if missing:
        return Answer(worker=_name(), missing=missing)
    _check_engine(place.sandbox, engine, order)
    task = _task(order)
    if order.judging is None:
        result = _make_variant(place, objects, task, order)
    else:
        with place.gate.admitted(task.limits.memory_bytes + GRADE_MEMORY_BYTES):
            result = _judge(place, objects, task, order, order.judging)
    where = Where.of(engine, order.runtime)
    return Answer(
        worker=_name(), result=result, engine=where.engine, runtime=where.runtime, image_s=image_s
    )


def _make_variant(place: _Place, objects: Objects, task: Task, order: Order) -> str:
    data = generate(
        place.graders,
        task,
        image=order.grade_image,
        seed=order.seed,
        scenarios=task.scenarios,
    )
    return objects.put_tree(flatten(data))


def _judge(place: _Place, objects: Objects, task: Task, order: Order, judging: Judging) -> str:
    found = assess(
        AssessRequest(
            sandbox=place.sandbox,
            graders=place.graders,
            task=task,
            images=GradingImages(candidate=order.candidate_image, grade=order.grade_image),
            limits=judging.limits,
            files=get_submission(objects, judging.submission),
            data=unflatten(objects.get_tree(judging.variant), task.scenarios),
            run_id=judging.run_id,
            circumstances=judging.circumstances,
            kept=from_bytes(objects.get(judging.kept)) if judging.kept else None,
        )
    )
    names = {one.name for one in fields(Assessment)} - {"kept"}
    parts = Found(**{name: getattr(found, name) for name in names})
    tree = {FOUND: parts.model_dump_json().encode()}
    if found.kept is not None:
        tree[KEPT] = to_bytes(found.kept)
    return objects.put_tree(tree)


def _missing(images: DockerImages, objects: Objects, order: Order) -> tuple[str, ...]:
    """Return the images that the engine lacks, after loading those that are in the store."""
    lacking = []
    for image in (order.candidate_image, order.grade_image):
        if images.inspect(image) is not None:
            continue
        if image not in order.images:
            lacking.append(image)
            continue
        with locked(cache_folder() / "load.lock"):
            if images.inspect(image) is None:
                images.load(image, get_stream(objects, order.images[image]))
    return tuple(lacking)


def _check_engine(sandbox: DockerSandbox, engine: EngineInfo, order: Order) -> None:
    with locked(cache_folder() / "trust.lock"):
        ensure_trusted(
            sandbox,
            engine,
            image=order.candidate_image,
            runtime=order.runtime,
            progress=lambda _words: None,
        )


def _task(order: Order) -> Task:
    """Return the task from this process's own copy, which is made anew if it has changed."""
    with _OPENING:
        task = _unpacked(order.store, order.task, order.task_id)
        if task_digest(task.path) != order.task_digest:
            _unpacked.cache_clear()
            task = _unpacked(order.store, order.task, order.task_id)
    if task.digest != order.task_digest:
        raise WorkerError(f"The task {task.id} came out of the file store as another one.")
    return task


@cache
def _unpacked(store: str, digest: str, task_id: str) -> Task:
    folder = Path(tempfile.mkdtemp(prefix="worksample-task-"))
    _at_exit(shutil.rmtree, folder, ignore_errors=True)
    get_task(Objects(store), digest, folder / task_id)
    return load_task(folder / task_id)


def _at_exit(function: Callable[..., object], *arguments: object, **more: object) -> None:
    """Call it when this process ends; `atexit` is not heard where multiprocessing started it."""
    Finalize(None, function, args=arguments, kwargs=more, exitpriority=1)


def _wait_for_engine(runtime: str | None) -> None:
    """Take no other order while the engine is away: who fails fast would get them all."""
    deadline = time.monotonic() + ENGINE_WAIT_S
    while time.monotonic() < deadline:
        time.sleep(_LOOK_S)
        with contextlib.suppress(SandboxError):
            _ask_engine(runtime)
            return


def _ask_engine(runtime: str | None) -> None:
    sandbox = DockerSandbox(runtime=runtime)
    try:
        sandbox.info()
    finally:
        sandbox.close()


def _fault(error: Exception) -> Answer:
    words = str(error)
    if isinstance(error, _UNUSABLE):
        kind: str = WorkerError.__name__
    else:
        kind = next((one.__name__ for one in FAULTS if isinstance(error, one)), BUG)
    if isinstance(error, EngineUnavailableError):
        words = error.reason
    if isinstance(error, RecordsError):
        words = f"{words} Every worker has to reach the file store of the records"
    if kind == BUG:
        words = "".join(traceback.format_exception(error))
    problems = error.problems if isinstance(error, UngradableSubmissionError) else ()
    return Answer(worker=_name(), fault=kind, words=words, problems=problems)


def _other_code(wanted: str) -> str:
    return (
        f"It runs another worksample ({_short(code())}) than the one that gives the orders "
        f"({_short(wanted)}): install the same version on both, and start the worker again."
    )


def _short(name: str) -> str:
    version, _, digest = name.partition(" ")
    return f"{version}, code {digest.removeprefix('sha256:')[:12]}"


def _name() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"
