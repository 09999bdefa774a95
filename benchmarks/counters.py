"""What a stretch of time cost: wall seconds, and processor time counted in two ways.

* ``counted_s``: this process and the programs it waited for, and all containers, by the kernel's
  counter of the group that the engine puts them in. What the engine itself and its helpers (shims,
  runc) do for a container is in neither.
* ``machine_s``: everything that the processors did, less what they do when nothing is asked of
  them. It misses nothing, and takes a machine that has nothing else to do.
"""

from __future__ import annotations

import contextlib
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks.meters import host_cpu_s

if TYPE_CHECKING:
    from collections.abc import Iterator

IDLE_S: Final = 10.0
QUIET_LOAD: Final = 1.0
_CONTAINERS: Final = (
    (Path("/sys/fs/cgroup/cpuacct/docker/cpuacct.usage"), 1e9),
    (Path("/sys/fs/cgroup/docker/cpu.stat"), 1e6),
)
"""Counters of the group that holds all containers: cgroup v1, v2. What has ended stays counted."""
_TICKS: Final = os.sysconf("SC_CLK_TCK")


@dataclass
class Cost:
    """What a stretch of time cost."""

    wall_s: float = 0.0
    counted_s: float = 0.0
    machine_s: float = 0.0


@contextlib.contextmanager
def counted(*, idle_share: float = 0.0) -> Iterator[Cost]:
    """Fill in what the block costs; ``idle_share`` are the processors that are busy anyway."""
    cost = Cost()
    started, here, busy = time.monotonic(), _here_s(), busy_s()
    yield cost
    cost.wall_s = time.monotonic() - started
    cost.counted_s = _here_s() - here
    cost.machine_s = busy_s() - busy - idle_share * cost.wall_s


def idle_share() -> float:
    """Watch the machine do nothing for a while, and return how many processors that keeps busy."""
    with counted() as cost:
        time.sleep(IDLE_S)
    return cost.machine_s / cost.wall_s


def busy_s() -> float:
    """Return the seconds that all processors have been busy; proc(5), /proc/stat."""
    first = Path("/proc/stat").read_text().partition("\n")[0]
    user, nice, system, _idle, _iowait, irq, softirq = map(int, first.split()[1:8])
    return (user + nice + system + irq + softirq) / _TICKS


def is_quiet() -> bool:
    """Whether the machine is quiet enough for figures to be quoted; print a word on it."""
    load = os.getloadavg()[0]
    quiet = load <= QUIET_LOAD
    words = "Quiet machine" if quiet else "NOT QUIET, quote none of these figures"
    print(f"{words}: load {load:.1f} before the start, {os.cpu_count()} processors.", flush=True)
    return quiet


def _here_s() -> float:
    return host_cpu_s() + _containers_s()


def _containers_s() -> float:
    for path, per_second in _CONTAINERS:
        with contextlib.suppress(OSError):
            words = path.read_text().split()
            return (
                int(words[words.index("usage_usec") + 1 if "usage_usec" in words else 0])
                / per_second
            )
    raise RuntimeError("The engine puts its containers in no group of their own.")
