"""Nothing begins where there is no room for it, and one alone may always begin."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from runner.batch import admission
from runner.batch.admission import LEAST_DISK_BYTES, SPARE_BYTES, Gate, Machine, machine_of
from runner.errors import CancelledError, NoRoomError
from sandbox.fake import FakeSandbox

if TYPE_CHECKING:
    from pathlib import Path

ROOMY = Machine(
    free_memory=lambda: 1 << 40, idle_share=lambda: 1.0, free_disk=lambda: LEAST_DISK_BYTES
)
JOB_BYTES = 1 << 30


def gate_on(machine: Machine, stop: threading.Event) -> Gate:
    return Gate(machine, make_room=lambda: None, stopped=stop.is_set)


def second_begins(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Tell whether a second grading begins while a first one runs."""
    monkeypatch.setattr(admission, "LOOK_S", 0.01)
    stop, began = threading.Event(), threading.Event()
    gate = gate_on(machine, stop)

    def second() -> None:
        try:
            with gate.admitted(JOB_BYTES):
                began.set()
        except CancelledError:
            pass

    with gate.admitted(JOB_BYTES):
        thread = threading.Thread(target=second)
        thread.start()
        found = began.wait(0.3)
    if not found:
        assert began.wait(5)  # the first one made room
    stop.set()
    thread.join(5)
    return found


def test_where_there_is_room_two_run(monkeypatch: pytest.MonkeyPatch) -> None:
    assert second_begins(ROOMY, monkeypatch)


def test_what_cannot_be_told_holds_nobody_back(monkeypatch: pytest.MonkeyPatch) -> None:
    silent = replace(ROOMY, free_memory=lambda: None, idle_share=lambda: None)
    assert second_begins(silent, monkeypatch)


@pytest.mark.parametrize(
    "machine",
    [
        replace(ROOMY, free_memory=lambda: 2 * JOB_BYTES + SPARE_BYTES - 1),
        replace(ROOMY, idle_share=lambda: 0.01),
    ],
    ids=["memory", "processors"],
)
def test_without_room_the_second_waits_for_the_first(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not second_begins(machine, monkeypatch)


def test_who_waits_can_be_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admission, "LOOK_S", 0.01)
    stop = threading.Event()
    gate = gate_on(replace(ROOMY, idle_share=lambda: 0.0), stop)
    with gate.admitted(JOB_BYTES):
        threading.Timer(0.1, stop.set).start()
        with pytest.raises(CancelledError), gate.admitted(JOB_BYTES):
            pass


def test_old_images_make_room_before_anybody_is_turned_away() -> None:
    free = [0, LEAST_DISK_BYTES]
    gate = Gate(
        replace(ROOMY, free_disk=lambda: free[0]),
        make_room=lambda: free.pop(0),
        stopped=lambda: False,
    )
    with gate.admitted(JOB_BYTES):
        assert free == [LEAST_DISK_BYTES]


def test_a_full_disk_is_said_with_the_remedy() -> None:
    gate = gate_on(replace(ROOMY, free_disk=lambda: 5 << 20), threading.Event())
    with pytest.raises(NoRoomError, match=r"has 5 MiB left, and 1 GiB is the least.*make room"):
        gate.admitted(JOB_BYTES).__enter__()


def test_this_machine_says_what_it_has(tmp_path: Path) -> None:
    sandbox = FakeSandbox()
    import socket

    here = machine_of(replace(sandbox.info(), name=socket.gethostname()), tmp_path)
    memory = here.free_memory()
    assert memory is not None
    assert memory > 1 << 20
    threading.Event().wait(0.05)
    idle = here.idle_share()
    assert idle is None or 0 <= idle <= 1
    assert here.free_disk() > 0


def test_of_another_machine_the_memory_is_what_its_engine_says(tmp_path: Path) -> None:
    engine = replace(FakeSandbox().info(), name="elsewhere", memory_bytes=7)
    there = machine_of(engine, tmp_path)
    assert (there.free_memory(), there.idle_share()) == (7, None)
