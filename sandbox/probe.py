"""A container like any other that looks at itself, and what must be in its answer."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from sandbox.errors import GuestProtocolError
from sandbox.model import MIB, ContainerSpec, Limits, Role

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.base import Container

PROTOCOL: Final = 1
LIMITS: Final = Limits(memory_bytes=128 * MIB, pids=32, wall_time_s=30, disk_bytes=8 * MIB)
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
    """A phrase for everything that is not as it must be; empty when all walls hold."""
    clock_skew_s: float
    """How far its clock is ahead of this process's."""


def probe_spec(image: str, limits: Limits = LIMITS) -> ContainerSpec:
    """Describe a container that looks at itself and says what it sees."""
    source = files("sandbox.guest").joinpath("probe.py").read_text(encoding="utf-8")
    return ContainerSpec(
        role=Role.READER,
        image=image,
        command=("/opt/venv/bin/python", "-I", "-c", source),
        limits=limits,
        lifetime_s=120.0,
    )


def answer_of(container: Container) -> Mapping[str, object]:
    """Return what a container of :func:`probe_spec` sees.

    Raises:
        SandboxError: it does not answer.
    """
    answer = container.receive(timeout_s=LIMITS.wall_time_s).header
    if answer.get("protocol") != PROTOCOL:
        raise GuestProtocolError("the probe answered in another protocol")
    return answer


def broken_walls(answer: Mapping[str, object], limits: Limits = LIMITS) -> tuple[str, ...]:
    """Return a phrase for everything in a probe's answer that is not as it must be."""
    status = answer.get("status")
    seen = status if isinstance(status, dict) else {}
    broken = [
        phrase for key, (wanted, phrase) in _STATUS.items() if _number(seen.get(key)) != wanted
    ]
    if answer.get("memory_bytes") != str(limits.memory_bytes):
        broken.append("its memory is not limited")
    if answer.get("pids") != str(limits.pids):
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
