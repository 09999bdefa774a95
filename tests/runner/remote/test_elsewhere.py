"""What an executor's workers come to: whose fault it is, and what is tried again."""

from __future__ import annotations

import threading
import time
from concurrent.futures import CancelledError as FutureCancelledError
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from scripted import workshop_on

from graders.assess import AssessRequest
from graders.errors import StubGoneError, VerdictError
from graders.evidence import Writeup
from graders.handed_in import UngradableSubmissionError
from graders.material import SubmissionFile, VariantData
from runner.errors import CancelledError, WorkerError
from runner.records import Records
from runner.records.objects import Objects
from runner.remote import elsewhere as module
from runner.remote.elsewhere import ExecutorUnavailableError, elsewhere
from runner.remote.order import BUG, FOUND, Answer, Found, Order, code
from runner.remote.parcels import (
    get_stream,
    get_submission,
    get_task,
    put_stream,
    put_submission,
    put_task,
)
from runner.remote.worker import carry_out
from runner.workshop import Assessed, WorkerUnavailableError
from sandbox.errors import EngineUnavailableError, SandboxError
from sandbox.model import Limits
from tasks.files import task_digest
from tasks.loader import load_task

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from runner.workshop import Workshop
    from tasks.model import Task


@pytest.fixture
def task(make_task: Callable[..., Path]) -> Task:
    return load_task(make_task())


@pytest.fixture
def workshop(tmp_path: Path) -> Iterator[Workshop]:
    records = Records(tmp_path / "home")
    made = workshop_on(records)
    yield made
    made.sandbox.close()
    records.close()


class Workers(Executor):
    """An executor whose futures come to what the test says, one after the other."""

    def __init__(self, *outcomes: Any) -> None:
        self.outcomes = list(outcomes)
        self.orders: list[Order] = []
        self.futures: list[Future[Any]] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        assert args[0] == code()
        if fn is carry_out:
            self.orders.append(Order.model_validate_json(args[1]))
        future: Future[Any] = Future()
        self.futures.append(future)
        outcome = self.outcomes.pop(0)
        if isinstance(outcome, FutureCancelledError):
            future.cancel()
            future.set_running_or_notify_cancel()
        elif isinstance(outcome, BaseException):
            future.set_exception(outcome)
        elif outcome is not None:
            future.set_result(outcome.model_dump_json() if isinstance(outcome, Answer) else outcome)
        return future


def fault(kind: str, words: str = "words", **more: Any) -> Answer:
    return Answer(worker="there:1", fault=kind, words=words, **more)


def assess(workshop: Workshop, task: Task, executor: Executor) -> object:
    equipped = elsewhere(workshop, executor)
    return equipped.hands.assess(equipped, request(equipped, task))


def request(workshop: Workshop, task: Task) -> AssessRequest:
    names = {name: {"a.csv": b"1"} for name in task.scenarios}
    return AssessRequest(
        sandbox=workshop.sandbox,
        graders=workshop.graders,
        task=task,
        images=workshop.images,
        limits=Limits(),
        files=(SubmissionFile(path="total.py", content=b"print()"),),
        data=VariantData(public=names, truth=names),
        run_id="r",
    )


@pytest.mark.parametrize(
    ("outcome", "raised", "words"),
    [
        (fault("VerdictError"), VerdictError, r"^words$"),
        (fault("StubGoneError"), StubGoneError, r"words \(worker there:1\)"),
        (fault("SandboxError"), SandboxError, r"words \(worker there:1\)"),
        (fault("EngineUnavailableError", "refused"), EngineUnavailableError, "refused"),
        (fault("WorkerError"), WorkerError, r"words \(worker there:1\)"),
        (fault(BUG, "Traceback"), RuntimeError, "a bug of worksample's"),
        (ConnectionResetError("the worker died"), SandboxError, r"was lost \(the worker died\)"),
        (FutureCancelledError(), ExecutorUnavailableError, "the work was lost"),
        (ModuleNotFoundError("No module named 'runner'"), WorkerError, "install the same version"),
        ("{}", WorkerError, "install the same version"),
    ],
)  # fmt: skip
def test_a_fault_there_is_the_same_fault_here(
    workshop: Workshop, task: Task, outcome: Any, raised: type[Exception], words: str
) -> None:
    with pytest.raises(raised, match=words) as found:
        assess(workshop, task, Workers(outcome))
    assert found.type is raised


def test_what_the_candidate_has_to_fix_comes_back(workshop: Workshop, task: Task) -> None:
    answer = fault("UngradableSubmissionError", problems=("Hand in a notebook.",))
    with pytest.raises(UngradableSubmissionError) as found:
        assess(workshop, task, Workers(answer))
    assert found.value.problems == ("Hand in a notebook.",)


def test_an_executor_that_was_shut_down_is_an_engine_that_is_away(
    workshop: Workshop, task: Task
) -> None:
    pool = ThreadPoolExecutor(1)
    pool.shutdown()
    with pytest.raises(ExecutorUnavailableError, match="after shutdown"):
        assess(workshop, task, pool)


def test_a_worker_with_other_code_is_refused_with_the_remedy() -> None:
    answer = Answer.model_validate_json(carry_out("0.0.9 sha256:abcdef", "an older format"))
    assert answer.fault == "WorkerError"
    assert "0.0.9, code abcdef" in answer.words
    assert "install the same version on both" in answer.words


def test_one_engine_away_is_not_all_of_them(workshop: Workshop, task: Task) -> None:
    workers = Workers(None, fault("EngineUnavailableError", "refused"))
    equipped = elsewhere(workshop, workers)
    other = threading.Thread(target=_until_cancelled, args=(equipped, task), daemon=True)
    other.start()
    _wait_until(lambda: len(workers.orders) == 1)
    with pytest.raises(WorkerUnavailableError, match="refused, on the worker there:1"):
        equipped.hands.assess(equipped, request(equipped, task))
    equipped.hands.cancel()
    other.join(10)
    assert not other.is_alive()
    assert workers.futures[0].cancelled()  # whoever has not begun need not


def test_engines_that_are_away_too_long_are_all_of_them(
    workshop: Workshop, task: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PATIENCE_S", 0.0)
    workers = Workers(None, fault("EngineUnavailableError", "refused"))
    equipped = elsewhere(workshop, workers)
    other = threading.Thread(target=_until_cancelled, args=(equipped, task), daemon=True)
    other.start()
    _wait_until(lambda: len(workers.orders) == 1)
    with pytest.raises(EngineUnavailableError) as found:
        equipped.hands.assess(equipped, request(equipped, task))
    assert found.type is EngineUnavailableError
    equipped.hands.cancel()
    other.join(10)


def test_a_probe_tells_what_a_worker_says(workshop: Workshop) -> None:
    workers = Workers(Answer(worker="there:1"), fault("EngineUnavailableError", "refused"))
    equipped = elsewhere(workshop, workers)
    equipped.hands.probe(equipped)
    with pytest.raises(EngineUnavailableError, match="refused"):
        equipped.hands.probe(equipped)


def test_who_waits_for_nobody_is_told(workshop: Workshop, task: Task) -> None:
    def check() -> None:
        raise ExecutorUnavailableError("no worker")

    equipped = elsewhere(workshop, Workers(None), check=check)
    with pytest.raises(ExecutorUnavailableError, match="no worker"):
        equipped.hands.assess(equipped, request(equipped, task))


def test_a_worker_that_takes_no_image_is_refused(workshop: Workshop, task: Task) -> None:
    lacks = Answer(worker="there:1", missing=("sha256:c",))
    workshop.records.keep("image sha256:c", b"place of c")
    workers = Workers(lacks, lacks, lacks)
    with pytest.raises(WorkerError, match="there:1 has no images"):
        assess(workshop, task, workers)


def test_waiting_for_a_worker_and_for_images_are_clocks_of_their_own(
    workshop: Workshop, task: Task
) -> None:
    objects = workshop.records.objects
    found = Found(
        runs=(), checks=(), criteria=(), measurements=(), claims=(), writeup=Writeup(found=False),
        notes=(), flags=(), nonce="n", phases_s={"run": 0.2, "grade": 0.1}, why_executed="",
        asked_live=False,
    )  # fmt: skip
    tree = objects.put_tree({FOUND: found.model_dump_json().encode()})
    answer = Answer(worker="there:1", result=tree, engine="Docker 1", runtime="runc", image_s=0.3)
    workers = Workers(None)

    def give_late() -> None:
        _wait_until(lambda: bool(workers.futures))
        time.sleep(1.0)
        workers.futures[0].set_result(answer.model_dump_json())

    giver = threading.Thread(target=give_late)
    giver.start()
    started = time.monotonic()
    assessed = assess(workshop, task, workers)
    together_s = time.monotonic() - started
    giver.join()
    assert isinstance(assessed, Assessed)
    assert assessed.image_s == pytest.approx(0.3, abs=0.05)
    assert 0.4 - 0.01 <= assessed.waited_s <= together_s - 0.6


def test_each_worker_may_lack_another_image(workshop: Workshop, task: Task) -> None:
    workshop.records.keep("image sha256:c", b"place of c")
    workshop.records.keep("image sha256:g", b"place of g")
    lacks = [Answer(worker="there", missing=(one,)) for one in ("sha256:c", "sha256:g")]
    workers = Workers(*lacks, fault("VerdictError"))
    with pytest.raises(VerdictError):
        assess(workshop, task, workers)
    assert [one.images for one in workers.orders] == [
        {}, {"sha256:c": "place of c"}, {"sha256:c": "place of c", "sha256:g": "place of g"}
    ]  # fmt: skip


def test_orders_hold_nothing_of_the_submission(workshop: Workshop, task: Task) -> None:
    workers = Workers(fault("SandboxError"))
    with pytest.raises(SandboxError):
        assess(workshop, task, workers)
    (order,) = workers.orders
    assert "total.py" not in order.model_dump_json()
    assert "print" not in order.model_dump_json()


def test_a_task_is_the_same_on_the_other_side(
    task: Task, tmp_path: Path, workshop: Workshop
) -> None:
    objects = workshop.records.objects
    folder = tmp_path / "there" / task.id
    get_task(Objects(objects.url), put_task(objects, task), folder)
    assert task_digest(folder) == task.digest == load_task(folder).digest
    assert not (folder / "solutions").exists()


def test_a_submission_keeps_its_bits_and_order(workshop: Workshop) -> None:
    files = (
        SubmissionFile(path="a.sh", content=b"a", executable=True),
        SubmissionFile(path="b.py", content=b"b"),
        SubmissionFile(path="x/a.sh", content=b"c", executable=True),
    )
    objects = workshop.records.objects
    assert get_submission(objects, put_submission(objects, files)) == files


def test_a_long_stream_goes_in_pieces(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runner.remote.parcels.PIECE_BYTES", 1000)
    objects = workshop.records.objects
    digest = put_stream(objects, (bytes([number]) * 700 for number in range(5)))
    pieces = list(get_stream(objects, digest))
    assert [len(piece) for piece in pieces] == [1400, 1400, 700]
    assert b"".join(pieces) == b"".join(bytes([number]) * 700 for number in range(5))


def _until_cancelled(workshop: Workshop, task: Task) -> None:
    with pytest.raises(CancelledError):
        workshop.hands.assess(workshop, request(workshop, task))


def _wait_until(ready: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not ready():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_probe_that_nobody_answers_has_an_end(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PROBE_S", 0.1)
    equipped = elsewhere(workshop, Workers(None))
    with pytest.raises(ExecutorUnavailableError, match="no answer within"):
        equipped.hands.probe(equipped)
