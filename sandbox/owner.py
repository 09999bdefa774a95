"""Who owns a container: written on its labels, so that a dead process's leftovers can be told."""

from __future__ import annotations

import contextlib
import os
import socket
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Self

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.model import ContainerSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """A process on a host, told apart from a later one with the same number."""

    LABEL: ClassVar[str] = "worksample.owner"
    DEADLINE: ClassVar[str] = "worksample.deadline"

    host: str
    pid: int
    started: str

    @classmethod
    def of_this_process(cls) -> Self:
        """Return the owner to write on labels now."""
        pid = os.getpid()
        return cls(host=_host(), pid=pid, started=_start_time(pid) or "0")

    @property
    def value(self) -> str:
        """The label's value."""
        return f"{self.host}:{self.pid}:{self.started}"

    def labels(self, spec: ContainerSpec) -> dict[str, str]:
        """Return the labels of a container started from ``spec``."""
        return {
            self.LABEL: self.value,
            self.DEADLINE: str(int(time.time() + spec.lifetime_s)),
            "worksample.role": spec.role.value,
            "worksample.run": spec.run_id,
        }

    @classmethod
    def is_gone(cls, labels: Mapping[str, str]) -> bool:
        """Whether the labels name a process that has ended, or a deadline that has passed.

        Of another host's processes only the deadline can be told.
        """
        deadline = labels.get(cls.DEADLINE, "")
        if not deadline.isdigit() or int(deadline) < time.time():
            return True
        return cls.has_ended(labels.get(cls.LABEL, ""))

    @staticmethod
    def has_ended(value: str) -> bool:
        """Whether a process, by its label's value, is one of this host that has ended."""
        process, _, started = value.rpartition(":")
        host, _, pid = process.rpartition(":")
        return host == _host() and pid.isdigit() and _start_time(int(pid)) != started


def _host() -> str:
    """Name this boot and process namespace: process numbers mean nothing elsewhere."""
    parts = [socket.gethostname()]
    with contextlib.suppress(OSError):
        parts.append(Path("/proc/sys/kernel/random/boot_id").read_text()[:8])
        parts.append(Path("/proc/self/ns/pid").readlink().name.strip("pid:[]"))
    return "-".join(parts)


def _start_time(pid: int) -> str | None:
    """Return the start time of a process in clock ticks since boot, or None if there is none.

    Source: proc(5), field 22 of /proc/PID/stat.
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    return stat.rpartition(")")[2].split()[19]
