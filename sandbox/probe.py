"""Start a container as any other and read back, from the inside, that its walls hold."""

from __future__ import annotations

import time
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from sandbox.errors import GuestProtocolError
from sandbox.model import MIB, ContainerSpec, Limits, Role

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.base import Sandbox

PROTOCOL: Final = 1
_LIMITS: Final = Limits(memory_bytes=128 * MIB, pids=32, wall_time_s=30, disk_bytes=8 * MIB)
_STATUS: Final = {
    "CapEff": (0, "it has capabilities"),
    "CapBnd": (0, "it may gain capabilities"),
    "NoNewPrivs": (1, "it may gain privileges"),
    "Seccomp": (2, "no seccomp filter is in force"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeResult:
    """What a container saw of itself."""

    broken: tuple[str, ...]
    """What is not as it must be; empty when all walls hold."""
    clock_skew_s: float
    """How far its clock is ahead of this process's."""


def probe(sandbox: Sandbox, image: str) -> ProbeResult:
    """Start one container on ``image`` and compare what it sees with what was asked for.

    Raises:
        SandboxError: it does not start or does not answer.
    """
    source = files("sandbox.guest").joinpath("probe.py").read_text(encoding="utf-8")
    spec = ContainerSpec(
        role=Role.READER,
        image=image,
        command=("/opt/venv/bin/python", "-I", "-c", source),
        limits=_LIMITS,
        lifetime_s=120.0,
    )
    with sandbox.start(spec) as container:
        answer = container.receive(timeout_s=_LIMITS.wall_time_s).header
        now = time.time()
    if answer.get("protocol") != PROTOCOL:
        raise GuestProtocolError("the probe answered in another protocol")
    clock = answer.get("clock")
    skew = clock - now if isinstance(clock, float) else 0.0
    return ProbeResult(broken=broken_walls(answer), clock_skew_s=skew)


def broken_walls(answer: Mapping[str, object]) -> tuple[str, ...]:
    """Return a phrase for everything in a probe's answer that is not as it must be."""
    status = answer.get("status")
    seen = status if isinstance(status, dict) else {}
    broken = [
        phrase for key, (wanted, phrase) in _STATUS.items() if _number(seen.get(key)) != wanted
    ]
    if answer.get("memory_bytes") != str(_LIMITS.memory_bytes):
        broken.append("its memory is not limited")
    if answer.get("pids") != str(_LIMITS.pids):
        broken.append("its processes are not limited")
    if answer.get("interfaces") != ["lo"]:
        broken.append("it has a network")
    if answer.get("root_writable") is not False:
        broken.append("its root can be written")
    if not answer.get("uid"):
        broken.append("it runs as root")
    return tuple(broken)


def _number(text: object) -> int | None:
    """Read a field of /proc/self/status; the ones that matter are hexadecimal or one digit."""
    try:
        return int(str(text), 16)
    except ValueError:
        return None
