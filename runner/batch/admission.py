"""Let a grading begin only where there is room for it: memory, processors, disk."""

from __future__ import annotations

import contextlib
import shutil
import socket
import threading
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from runner.errors import CancelledError, NoRoomError
from tasks.sizes import format_size

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sandbox.model import EngineInfo

MIB: Final = 1 << 20
GRADE_MEMORY_BYTES: Final = 512 * MIB
"""What the grade container of a grading uses beside the candidate's, at most in ordinary cases."""
SPARE_BYTES: Final = 512 * MIB
"""Memory that is left to everybody else."""
LEAST_DISK_BYTES: Final = 1024 * MIB
IDLE_SHARE: Final = 0.05
"""Of all processors: below this nothing is added to what runs already."""
LOOK_S: Final = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What can be asked of the machine that the containers run on; tests ask something else."""

    free_memory: Callable[[], int | None]
    """Bytes that can be had at once; None if that cannot be told."""
    idle_share: Callable[[], float | None]
    """Of all processors since the last question, 0 to 1; None if that cannot be told."""
    free_disk: Callable[[], int]
    """Bytes where the records are."""


def machine_of(engine: EngineInfo, home: Path) -> Machine:
    """Return the machine that an engine runs on.

    Of another machine only the memory that it has is known; where the kernel says nothing, nothing
    is held back.
    """
    is_here = engine.name == socket.gethostname()
    return replace(
        disk_of(home),
        free_memory=_available_memory if is_here else lambda: engine.memory_bytes or None,
        idle_share=_IdleShare() if is_here else lambda: None,
    )


def disk_of(home: Path) -> Machine:
    """Return a machine of which only the disk counts: containers run elsewhere."""
    return Machine(
        free_memory=lambda: None,
        idle_share=lambda: None,
        free_disk=lambda: shutil.disk_usage(home).free,
    )


class Gate:
    """Holds back what would not fit beside what runs already; one grading alone may always begin.

    Args:
        machine: What is asked.
        make_room: Frees disk space.
        stopped: Whether the batch was stopped.
    """

    def __init__(
        self, machine: Machine, *, make_room: Callable[[], object], stopped: Callable[[], bool]
    ) -> None:
        self._machine = machine
        self._make_room = make_room
        self._stopped = stopped
        self._promised: list[int] = []
        self._turn = threading.Lock()
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def admitted(self, memory_bytes: int) -> Iterator[None]:
        """Wait until there is room, and hold it.

        Raises:
            CancelledError: the batch was stopped in the meantime.
            NoRoomError: the disk is full, and nothing of ours is left to remove.
        """
        self._enter(memory_bytes)
        try:
            yield
        finally:
            with self._lock:
                self._promised.remove(memory_bytes)

    def _enter(self, memory_bytes: int) -> None:
        with self._turn:
            self._check_disk()
            while True:
                if self._stopped():
                    raise CancelledError("The batch was stopped.")
                with self._lock:
                    if not self._promised or self._fits(memory_bytes):
                        self._promised.append(memory_bytes)
                        return
                time.sleep(LOOK_S)

    def _fits(self, memory_bytes: int) -> bool:
        """Tell whether it fits; what was promised may not be used yet, so that it counts whole."""
        idle = self._machine.idle_share()
        if idle is not None and idle < IDLE_SHARE:
            return False
        free = self._machine.free_memory()
        return free is None or sum(self._promised) + memory_bytes + SPARE_BYTES <= free

    def _check_disk(self) -> None:
        free = self._machine.free_disk()
        if free < LEAST_DISK_BYTES:
            self._make_room()
            free = self._machine.free_disk()
        if free < LEAST_DISK_BYTES:
            raise NoRoomError(
                f"The disk has {format_size(free)} left, and {format_size(LEAST_DISK_BYTES)} is "
                "the least to grade with: make room, then type the same command again."
            )


def _available_memory() -> int | None:
    with contextlib.suppress(OSError, ValueError, StopIteration):
        lines = Path("/proc/meminfo").read_text().splitlines()
        line = next(line for line in lines if line.startswith("MemAvailable:"))
        return int(line.split()[1]) * 1024
    return None


class _IdleShare:
    """The share of idle time of all processors since it was asked last; proc(5), /proc/stat."""

    def __init__(self) -> None:
        self._last = _jiffies()

    def __call__(self) -> float | None:
        now = _jiffies()
        last, self._last = self._last, now
        if last is None or now is None or now[1] <= last[1]:
            return None
        return (now[0] - last[0]) / (now[1] - last[1])


def _jiffies() -> tuple[int, int] | None:
    with contextlib.suppress(OSError, ValueError, IndexError):
        first = Path("/proc/stat").read_text().partition("\n")[0]
        numbers = [int(text) for text in first.split()[1:]]
        return numbers[3] + numbers[4], sum(numbers[:8])
    return None
