"""A batch goes on past anything; what is done stays done and nothing is done twice."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import scripted
from scripted import PACE, ROOM, Quiet, play, requests_for, workshop_on

from graders.errors import VerdictError
from graders.evidence import State
from runner.batch import grade_batch, outcomes
from runner.errors import NoRoomError, RecordsError
from runner.intake import SourceNotFoundError
from runner.records import Entry, Home, JobState, Records
from runner.workshop import WorkerUnavailableError
from sandbox.errors import EngineUnavailableError, GuestGoneError
from tasks.loader import load_task

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from runner.pipeline import GradeRequest
    from runner.workshop import Workshop
    from tasks.model import Task


@pytest.fixture
def task(make_task: Callable[..., Path]) -> Task:
    return load_task(make_task())


@pytest.fixture
def workshop(records: Records) -> Iterator[Workshop]:
    made = workshop_on(records)
    yield made
    made.sandbox.close()


def go(workshop: Workshop, requests: list[GradeRequest], **changes: Any) -> tuple[str, Quiet]:
    watcher = Quiet()
    pace = replace(PACE, **changes)
    return grade_batch(workshop, requests, pace=pace, watcher=watcher, machine=ROOM), watcher


def states(workshop: Workshop, batch_id: str) -> list[str]:
    return [one.state.value for one in outcomes(workshop, batch_id)]


def test_all_are_graded_once(
    workshop: Workshop, task: Task, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = play(monkeypatch)
    codes = [f"LYNX-{number}" for number in range(12)]
    batch_id, watcher = go(workshop, requests_for(task, tmp_path, *codes), workers=4)
    assert sorted(script.attempts) == sorted(codes)
    assert sorted(watcher.results) == list(range(12))
    assert [one.submission.candidate for one in outcomes(workshop, batch_id)] == codes
    assert workshop.records.queue.counts(batch_id) == {"graded": 12}
    assert watcher.reused == set()


def test_what_was_replaced_in_the_meantime_is_graded_anew(
    workshop: Workshop, task: Task, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Results show the last grading: an earlier one of the same tests does not answer for it."""
    script = play(monkeypatch)
    requests = requests_for(task, tmp_path, "LYNX-1")
    batch_id, _ = go(workshop, requests)
    (first,) = outcomes(workshop, batch_id)
    workshop.records.add_grading(first, key="of other hidden tests", files=None)
    _, watcher = go(workshop, requests)
    assert len(script.attempts) == 2
    assert watcher.reused == set()
    (*_, last) = workshop.records.history.of("LYNX-1")
    assert last.key != "of other hidden tests"


def test_the_same_command_again_looks_at_everything_and_grades_nothing(
    workshop: Workshop, task: Task, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = play(monkeypatch)
    requests = requests_for(task, tmp_path, "LYNX-1", "LYNX-2")
    first, _ = go(workshop, requests)
    second, watcher = go(workshop, requests)
    assert first == second
    assert len(script.attempts) == 2
    assert watcher.reused == {0, 1}
    assert len(workshop.records.latest()) == 2


def test_a_changed_submission_is_graded_and_the_others_are_not(
    workshop: Workshop, task: Task, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = play(monkeypatch)
    requests = requests_for(task, tmp_path, "LYNX-1", "LYNX-2")
    go(workshop, requests)
    (tmp_path / "LYNX-2" / "total.py").write_text("print(2)\n")
    go(workshop, requests)
    assert script.attempts[2:] == ["LYNX-2"]


def test_a_changed_task_is_graded_anew(
    workshop: Workshop, task: Task, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = play(monkeypatch)
    requests = requests_for(task, tmp_path, "LYNX-1")
    go(workshop, requests)
    (task.path / "brief.md").write_text("# Other\n")
    go(workshop, [replace(requests[0], task=load_task(task.path))])
    assert len(script.attempts) == 2


def test_again_grades_all_once_more_and_each_round_to_its_end(
    workshop: Workshop, task: Task, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = play(monkeypatch)
    codes = ("LYNX-1", "LYNX-2", "LYNX-3")
    go(workshop, requests_for(task, tmp_path, *codes))
    requests = requests_for(task, tmp_path, *codes, again=True)
    play(monkeypatch, LYNX_2=[KeyError("a bug")])
    with pytest.raises(KeyError):
        go(workshop, requests, workers=1)
    assert scripted.Script.attempts == ["LYNX-1", "LYNX-2"]
    batch_id, _ = go(workshop, requests, workers=1)
    assert script.attempts == ["LYNX-1", "LYNX-2", "LYNX-2", "LYNX-3"]
    assert workshop.records.queue.counts(batch_id) == {"graded": 3}
    go(workshop, requests, workers=1)
    assert script.attempts[4:] == list(codes)


def test_the_machines_fault_is_tried_again_with_a_log(
    workshop: Workshop, task: Task, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = play(monkeypatch, LYNX_1=[GuestGoneError("gone"), GuestGoneError("gone again")])
    batch_id, watcher = go(workshop, requests_for(task, tmp_path, "LYNX-1", "LYNX-2"))
    assert script.attempts.count("LYNX-1") == 3
    assert states(workshop, batch_id) == ["graded", "graded"]
    (facts,) = workshop.records.queue.troubled(batch_id)
    assert [one["words"] for one in facts.troubles] == ["gone", "gone again"]
    assert sorted(watcher.results) == [0, 1]


def test_the_machines_fault_has_an_end_and_is_nobodys_score(
    workshop: Workshop, task: Task, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = play(monkeypatch, LYNX_1=[GuestGoneError("gone")] * 9)
    batch_id, watcher = go(workshop, requests_for(task, tmp_path, "LYNX-1"))
    assert len(script.attempts) == PACE.attempts
    (evidence,) = outcomes(workshop, batch_id)
    assert (evidence.state, evidence.points) == (State.NOT_GRADABLE, 0)
    assert evidence.reason == "The machine's fault: gone"
    assert watcher.results[0]["points"] is None
    script.lines["LYNX-1"] = []
    go(workshop, requests_for(task, tmp_path, "LYNX-1"))
    assert [one.state for one in workshop.records.latest()][-1] is State.GRADED


def test_the_authors_fault_is_not_tried_again(
    workshop: Workshop, task: Task, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = play(monkeypatch, LYNX_1=[VerdictError("no verdict")])
    batch_id, _ = go(workshop, requests_for(task, tmp_path, "LYNX-1"))
    assert len(script.attempts) == 1
    (evidence,) = outcomes(workshop, batch_id)
    assert evidence.reason == "The task author's fault: no verdict"


def test_what_is_not_there_touches_nobody_else(
    workshop: Workshop, task: Task, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    requests = requests_for(task, tmp_path, "LYNX-1", "LYNX-2")
    play(monkeypatch, LYNX_1=[SourceNotFoundError("x", "name it")])
    batch_id, watcher = go(workshop, requests)
    assert workshop.records.queue.counts(batch_id) == {"failed": 1, "graded": 1}
    assert any("There is no x; name it." in words for words in watcher.said)
    go(workshop, requests)
    assert workshop.records.queue.counts(batch_id) == {"graded": 2}


def test_an_engine_that_is_down_is_waited_for_and_counts_for_nothing(
    workshop: Workshop, task: Task, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = [EngineUnavailableError("refused"), EngineUnavailableError("refused")]

    def info() -> object:
        if answers:
            raise answers.pop()
        return None

    monkeypatch.setattr(workshop.sandbox, "info", info)
    script = play(monkeypatch, LYNX_1=[EngineUnavailableError("refused")])
    batch_id, watcher = go(workshop, requests_for(task, tmp_path, "LYNX-1", "LYNX-2"), workers=1)
    assert script.attempts == ["LYNX-1", "LYNX-1", "LYNX-2"]
    assert states(workshop, batch_id) == ["graded", "graded"]
    assert "Waiting for it, at most 5 s." in watcher.said[0]
    assert watcher.said[1:] == ["The engine answers again."]
    assert {one.attempts for one in workshop.records.queue.facts(batch_id)} == {0}


def test_one_worker_without_an_engine_holds_nobody_else_back(
    workshop: Workshop, task: Task, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = play(monkeypatch, LYNX_1=[WorkerUnavailableError("refused")] * 4)
    batch_id, watcher = go(workshop, requests_for(task, tmp_path, "LYNX-1", "LYNX-2"), workers=1)
    assert script.attempts == ["LYNX-1", "LYNX-2", *["LYNX-1"] * 4]
    assert states(workshop, batch_id) == ["graded", "graded"]
    assert watcher.said == []
    assert {one.attempts for one in workshop.records.queue.facts(batch_id)} == {0}


def test_an_engine_that_stays_down_ends_the_batch_and_loses_nothing(
    workshop: Workshop, task: Task, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def info() -> object:
        raise EngineUnavailableError("refused")

    monkeypatch.setattr(workshop.sandbox, "info", info)
    play(monkeypatch, LYNX_2=[EngineUnavailableError("refused")] * 9)
    requests = requests_for(task, tmp_path, "LYNX-1", "LYNX-2", "LYNX-3")
    with pytest.raises(EngineUnavailableError):
        go(workshop, requests, workers=1, patience_s=0.2)
    ((batch_id, _),) = workshop.records.queue.batches()
    assert workshop.records.queue.counts(batch_id) == {"graded": 1, "queued": 2}
    assert [one.state.value for one in workshop.records.latest()] == ["graded"]


def test_a_full_disk_ends_the_batch_and_loses_nothing(
    workshop: Workshop, task: Task, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    play(monkeypatch)
    removed: list[str] = []
    full = replace(ROOM, free_disk=lambda: 0)
    stuffed = replace(workshop, make_room=lambda: removed.append("old image"))
    with pytest.raises(NoRoomError, match="make room"):
        grade_batch(
            stuffed,
            requests_for(task, tmp_path, "LYNX-1"),
            pace=replace(PACE, workers=1),
            watcher=Quiet(),
            machine=full,
        )
    assert removed == ["old image"]
    ((batch_id, _),) = workshop.records.queue.batches()
    assert workshop.records.queue.counts(batch_id) == {"queued": 1}


def test_whoever_kills_everybody_who_works_on_it_is_given_up(
    workshop: Workshop, task: Task, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = play(monkeypatch)
    requests = requests_for(task, tmp_path, "LYNX-1")
    queue = workshop.records.queue
    entries = [Entry(one.task.id, one.candidate, one.source) for one in requests]
    batch_id = queue.open(entries, again=False, gone=lambda _: False)
    for _ in range(3):
        assert queue.claim(batch_id, "somebody", lease_s=-1.0)
    batch_id, _ = go(workshop, requests)
    (evidence,) = outcomes(workshop, batch_id)
    assert evidence.state is State.NOT_GRADABLE
    assert "whoever worked on it died" in evidence.reason
    assert script.attempts == []


def test_who_lost_its_lease_records_nothing(
    workshop: Workshop, task: Task, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue = workshop.records.queue

    def dawdle() -> None:
        """Work so long that somebody else takes the entry over and is done with it."""
        ((batch_id, _),) = queue.batches()
        deadline = time.monotonic() + 10
        while (taken := queue.claim(batch_id, "other")) is None:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        queue.fail(taken, "done by somebody else")

    play(monkeypatch, LYNX_1=[dawdle])
    monkeypatch.setattr("runner.batch.work._Work._beat", lambda _: None)
    batch_id, watcher = go(workshop, requests_for(task, tmp_path, "LYNX-1"), lease_s=0.2, workers=1)
    assert workshop.records.latest() == ()
    assert queue.counts(batch_id) == {"failed": 1}
    assert watcher.results == {}


def test_leases_are_renewed_while_somebody_works(
    workshop: Workshop, task: Task, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue = workshop.records.queue
    phases: list[str] = []

    def work_long() -> None:
        ((batch_id, _),) = queue.batches()
        stop = threading.Event()
        for _ in range(12):
            assert queue.claim(batch_id, "other") is None
            phases.extend(one.phase for one in queue.facts(batch_id, JobState.RUNNING))
            stop.wait(0.1)

    script = play(monkeypatch, LYNX_1=[work_long])
    go(workshop, requests_for(task, tmp_path, "LYNX-1"), lease_s=0.5, workers=1)
    assert script.attempts == ["LYNX-1"]
    assert "room" in phases


def test_waiting_for_room_is_on_the_clock_of_the_queue(
    workshop: Workshop, task: Task, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy = replace(ROOM, free_memory=lambda: 0)  # one grading may always begin, no second beside it
    script = play(monkeypatch, LYNX_1=[lambda: time.sleep(0.4)], LYNX_2=[lambda: time.sleep(0.4)])
    requests = requests_for(task, tmp_path, "LYNX-1", "LYNX-2")
    grade_batch(workshop, requests, pace=PACE, watcher=Quiet(), machine=busy)
    first, second = script.waits_s
    assert second - first >= 0.4


def test_each_phase_has_a_clock_and_what_was_found_has_none(
    workshop: Workshop, task: Task, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    play(monkeypatch)
    requests = requests_for(task, tmp_path, "LYNX-1", "LYNX-2")
    batch_id, _ = go(workshop, requests)
    clocks = workshop.records.queue.clocks(batch_id, last=10)
    assert [list(one) for one in clocks] == [["record"], ["record"]]
    assert all(0 < one["record"] < 10 for one in clocks)
    assert len(workshop.records.queue.clocks(batch_id, last=1)) == 1
    go(workshop, requests)
    assert workshop.records.queue.clocks(batch_id, last=10) == []


def test_ctrl_c_puts_everything_back(
    workshop: Workshop, task: Task, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped = threading.Event()

    def long_work() -> Exception:
        stopped.wait(10)
        return GuestGoneError("the sandbox was closed")

    play(monkeypatch, LYNX_1=[long_work])
    monkeypatch.setattr(workshop.sandbox, "close", stopped.set)
    requests = requests_for(task, tmp_path, "LYNX-1", "LYNX-2")
    joins = iter([None, None])

    class Interrupting(threading.Thread):
        def join(self, timeout: float | None = None) -> None:
            if timeout is not None and next(joins, "over") == "over":
                raise KeyboardInterrupt
            super().join(timeout)

    monkeypatch.setattr("runner.batch.work.threading.Thread", Interrupting)
    with pytest.raises(KeyboardInterrupt):
        go(workshop, requests, workers=1)
    ((batch_id, _),) = workshop.records.queue.batches()
    assert workshop.records.queue.counts(batch_id) == {"queued": 2}
    assert workshop.records.latest() == ()


def test_broken_records_end_the_batch(
    workshop: Workshop, task: Task, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    play(monkeypatch, LYNX_1=[RecordsError("the disk is full")])
    requests = requests_for(task, tmp_path, "LYNX-1", "LYNX-2")
    with pytest.raises(RecordsError):
        go(workshop, requests, workers=1)
    ((batch_id, _),) = workshop.records.queue.batches()
    assert workshop.records.queue.counts(batch_id) == {"queued": 2}


def test_two_processes_share_a_batch(
    workshop: Workshop, home: Home, task: Task, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pause = threading.Event()
    script = play(
        monkeypatch, **{f"LYNX_{n}": [lambda: pause.wait(0.02) and None] for n in range(20)}
    )
    requests = requests_for(task, tmp_path, *(f"LYNX-{number}" for number in range(20)))
    other_records = Records(home)
    other = workshop_on(other_records)
    watchers = [Quiet(), Quiet()]
    threads = [
        threading.Thread(
            target=grade_batch,
            args=(shop, requests),
            kwargs={"pace": PACE, "watcher": watcher, "machine": ROOM},
        )
        for shop, watcher in zip((workshop, other), watchers, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    other.sandbox.close()
    other_records.close()
    assert sorted(script.attempts) == sorted(one.candidate for one in requests)
    assert len(workshop.records.latest()) == 20
    assert len(watchers[0].results) + len(watchers[1].results) >= 20
