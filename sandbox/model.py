"""The nouns of isolation: limits, what to start, how it ended."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

MIB: Final = 1 << 20
GIB: Final = 1 << 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one container may use. Every limit is enforced by the engine or the kernel."""

    wall_time_s: float = 60.0
    """Seconds of one run, on the host's clock."""
    memory_bytes: int = GIB
    """Memory and swap together; files in the writable places count."""
    cpus: float = 1.0
    pids: int = 128
    """Processes and threads."""
    disk_bytes: int = 256 * MIB
    """Size of the writable tmpfs at ``/work``."""
    output_bytes: int = MIB
    """Bytes on stdout and stderr together of one run."""


class Role(enum.Enum):
    """What a container is for; also the value of its ``worksample.role`` label."""

    CANDIDATE = "candidate"
    """Runs the submission. Hostile."""
    GRADE = "grade"
    """Holds hidden tests and truth. Never runs anything of the submission's."""
    STUB = "stub"
    """Serves a task's upstream on the loopback it shares with a candidate's. Holds no truth."""
    READER = "reader"
    """Reads archives, repositories and complex files. Hostile once it has read them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerSpec:
    """One container to start."""

    role: Role
    image: str
    """Image id or reference; never pulled."""
    command: tuple[str, ...]
    limits: Limits = field(default_factory=Limits)
    extra_syscalls: tuple[str, ...] = ()
    """Calls to allow beyond the profile's, of those in ``sandbox.seccomp.ADDABLE``."""
    env: Mapping[str, str] = field(default_factory=dict)
    run_id: str = ""
    """Label that ties the container to one grading."""
    join_network_of: str | None = None
    """Id of a container whose loopback is shared; otherwise there is no network."""
    network: str | None = None
    """Name of an engine network, for fetching repositories only."""
    max_frame_bytes: int = 64 * MIB
    """Largest body of one frame that comes out."""
    max_stream_bytes: int = GIB
    """Total of bytes that may come out; beyond, they are drained, counted and dropped."""
    lifetime_s: float = 3600.0
    """Written on the label; a container older than this is anybody's to remove."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What the engine counted, from the start of the container."""

    cpu_time_s: float
    memory_bytes: int
    memory_peak_bytes: int
    """Exact on cgroup v1; on v2 the largest of the samples taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndState:
    """How a container ended, in the engine's words."""

    out_of_memory: bool
    """The kernel killed a process of the container for memory, say its counters or the engine."""
    exit_code: int | None
    """Display only: exit codes lie both ways."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineInfo:
    """The engine that answers."""

    name: str
    version: str
    api_version: str
    runtimes: tuple[str, ...]
    default_runtime: str
    cgroup_version: str
    security_options: tuple[str, ...]
    cpus: int
    memory_bytes: int
    warnings: tuple[str, ...] = ()
