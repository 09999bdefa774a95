"""The queue hands each entry to one owner at a time, and forgets nothing."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from report_samples import invalid, service

from runner.errors import LeaseLostError
from runner.records import Claim, Entry, JobState, Records

if TYPE_CHECKING:
    from runner.records import Queue

ENTRIES = [Entry("etl", f"LYNX-{number}", f"/in/{number}") for number in range(4)]


def nobody(_owner: str) -> bool:
    return False


@pytest.fixture
def queue(records: Records) -> Queue:
    return records.queue


@pytest.fixture
def batch(queue: Queue) -> str:
    return queue.open(ENTRIES, again=False, gone=nobody)


def claimed(queue: Queue, batch: str, owner: str = "a", **how: float) -> Claim:
    found = queue.claim(batch, owner, **how)
    assert found is not None
    return found


def test_entries_are_handed_out_in_order_and_once(queue: Queue, batch: str) -> None:
    claims = [claimed(queue, batch) for _ in ENTRIES]
    assert [one.entry for one in claims] == ENTRIES
    assert [one.position for one in claims] == [0, 1, 2, 3]
    assert queue.claim(batch, "b") is None
    assert queue.counts(batch) == {"running": 4}


def test_the_same_entries_are_the_same_batch(queue: Queue, batch: str) -> None:
    assert queue.open(ENTRIES, again=False, gone=nobody) == batch
    assert queue.open(ENTRIES[::-1], again=False, gone=nobody) != batch
    assert queue.counts(batch) == {"queued": 4}


def test_many_threads_get_different_entries(records: Records) -> None:
    entries = [Entry("etl", f"LYNX-{number}", "x") for number in range(60)]
    batch = records.queue.open(entries, again=False, gone=nobody)
    found: list[int] = []

    def take(owner: str) -> None:
        while (claim := records.queue.claim(batch, owner)) is not None:
            found.append(claim.position)

    threads = [threading.Thread(target=take, args=(str(number),)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(found) == list(range(60))


def test_a_lease_that_ran_out_is_taken_over_and_counts(queue: Queue, batch: str) -> None:
    first = claimed(queue, batch, "a", lease_s=-1)
    second = claimed(queue, batch, "b")
    assert (second.number, second.attempts) == (first.number, 1)
    queue.fail(first, "too late")
    assert queue.counts(batch) == {"queued": 3, "running": 1}
    (facts,) = queue.troubled(batch)
    assert facts.troubles[0]["words"] == "Whoever worked on it (at the beginning) is gone."


def test_a_renewed_lease_stays_and_says_what_is_done(queue: Queue, batch: str) -> None:
    claim = claimed(queue, batch, "a", lease_s=-1)
    queue.renew("a", {claim.number: "run"})
    assert claimed(queue, batch, "b").number != claim.number
    phases = {one.position: one.phase for one in queue.facts(batch, JobState.RUNNING)}
    assert phases[0] == "run"


def test_what_the_dead_worked_on_is_free_at_once(queue: Queue, batch: str) -> None:
    dead, alive = claimed(queue, batch, "dead"), claimed(queue, batch, "alive")
    queue.free_gone(batch, lambda owner: owner == "dead")
    assert claimed(queue, batch, "c").number == dead.number
    assert [one.position for one in queue.facts(batch, JobState.RUNNING)] == [0, alive.position]


def test_while_somebody_is_at_it_nothing_is_looked_at_again(queue: Queue, batch: str) -> None:
    queue.fail(claimed(queue, batch), "not there")
    claimed(queue, batch)
    queue.open(ENTRIES, again=False, gone=nobody)
    assert queue.counts(batch) == {"failed": 1, "queued": 2, "running": 1}


def test_what_failed_is_tried_once_more(queue: Queue, batch: str) -> None:
    queue.fail(claimed(queue, batch), "not there")
    queue.open(ENTRIES, again=False, gone=nobody)
    assert queue.counts(batch) == {"queued": 4}
    (facts,) = queue.troubled(batch)
    assert [one["words"] for one in facts.troubles] == ["not there"]


def test_what_is_put_back_waits_as_long_as_was_said(queue: Queue, batch: str) -> None:
    claim = claimed(queue, batch)
    queue.release(claim, "the machine failed", after_s=60, counted=True)
    others = [claimed(queue, batch).position for _ in range(3)]
    assert others == [1, 2, 3]
    assert queue.claim(batch, "a") is None
    assert queue.open_count(batch) == 4
    (facts,) = queue.troubled(batch)
    assert facts.attempts == 1


def test_what_is_put_back_without_a_word_comes_next(queue: Queue, batch: str) -> None:
    claim = claimed(queue, batch)
    queue.release(claim)
    again = claimed(queue, batch)
    assert (again.number, again.attempts) == (claim.number, 0)


def test_troubles_are_kept_up_to_a_number(queue: Queue, batch: str) -> None:
    for number in range(25):
        queue.release(claimed(queue, batch), f"trouble {number}")
    (facts,) = queue.troubled(batch)
    assert [one["words"] for one in facts.troubles][-1] == "trouble 24"
    assert len(facts.troubles) == 20


def test_who_has_lost_it_is_told(queue: Queue, batch: str) -> None:
    claim = claimed(queue, batch, "a", lease_s=-1)
    claimed(queue, batch, "b")
    with pytest.raises(LeaseLostError):
        queue.finish(claim, grading=1)


@pytest.mark.parametrize("source", ["/in/\udcff", "/in/a b\n", "https://x.invalid/y@main"])
def test_any_source_comes_back_as_it_was(queue: Queue, source: str) -> None:
    batch = queue.open([Entry("etl", "LYNX-1", source)], again=False, gone=nobody)
    assert claimed(queue, batch).entry.source == source


def test_batches_are_listed_the_last_one_first(queue: Queue, batch: str) -> None:
    other = queue.open(ENTRIES[:1], again=False, gone=nobody)
    assert [one for one, _ in queue.batches()] == [other, batch]
    queue.open(ENTRIES, again=False, gone=nobody)
    assert [one for one, _ in queue.batches()] == [batch, other]


def test_what_could_not_be_taken_in_is_told_until_something_came_after_it(
    records: Records,
) -> None:

    refused, taken = invalid(), service()
    whose = {"candidate": "LYNX-1", "sha256": ""}
    refused = refused.model_copy(
        update={
            "task": taken.task,
            "submission": refused.submission.model_copy(update=whose | {"id": "refused"}),
        }
    )
    taken = taken.model_copy(
        update={"submission": taken.submission.model_copy(update={"candidate": "LYNX-1"})}
    )
    records.add_grading(refused, key="a", files=None)
    assert [one["state"] for one in records.latest_results()] == ["invalid_submission"]
    records.add_grading(taken, key="b", files=None)
    assert [one["state"] for one in records.latest_results()] == ["graded"]
    records.add_grading(refused, key="a", files=None)
    states = {one["state"] for one in records.latest_results()}
    assert states == {"graded", "invalid_submission"}
