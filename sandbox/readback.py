"""Read limits back: what the engine says it set, and what a container sees, beside what was asked.

An engine may take a limit and not enforce it: where it may not write to the kernel's control
groups it drops limits without a word. Only reading them back can tell.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

from sandbox.docker_engine import OPEN_FILES, TMP_BYTES, shm_bytes
from sandbox.engine_api import engine_errors
from sandbox.probe import LIMITS, ProbeResult, answer_of, broken_walls, probe_spec

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sandbox.docker_engine import DockerSandbox
    from sandbox.model import ContainerSpec, Limits

_OURS_ALONE: Final = ("", "private", "shareable")
"""Namespaces of the container's own, in the words of different engines."""


def read_back(sandbox: DockerSandbox, image: str, limits: Limits = LIMITS) -> ProbeResult:
    """Start a container on ``image`` under ``limits`` and compare what holds with what was asked.

    Raises:
        SandboxError: it does not start or does not answer.
    """
    spec = probe_spec(image, limits)
    with sandbox.start(spec) as container:
        answer = answer_of(container)
        now = time.time()
        with engine_errors():
            inspected = sandbox.api.inspect_container(container.id)
    clock = answer.get("clock")
    return ProbeResult(
        broken=(*engine_deviations(spec, inspected), *inside_deviations(spec, answer)),
        clock_skew_s=clock - now if isinstance(clock, float) else 0.0,
    )


def engine_deviations(spec: ContainerSpec, inspected: Mapping[str, Any]) -> tuple[str, ...]:
    """Return where the engine's own record of a container is not what the spec asks for."""
    host = inspected.get("HostConfig") or {}
    limits = spec.limits
    wanted = {
        "Memory": limits.memory_bytes,
        "MemorySwap": limits.memory_bytes,
        "PidsLimit": limits.pids,
        "NanoCpus": int(limits.cpus * 1e9),
        "ShmSize": shm_bytes(limits),
        "ReadonlyRootfs": True,
        "Privileged": False,
    }
    found = {key: host.get(key) for key in wanted}
    return (
        *(
            f"the engine set {key} to {found[key]}, asked for {value}"
            for key, value in wanted.items()
            if found[key] != value
        ),
        *_engine_ulimits(limits, host),
        *_engine_walls(host),
    )


def _engine_ulimits(limits: Limits, host: Mapping[str, Any]) -> Iterator[str]:
    wanted = {"nofile": OPEN_FILES, "fsize": limits.disk_bytes, "core": 0}
    found = {
        str(one["Name"]).lower().removeprefix("rlimit_"): (one["Soft"], one["Hard"])
        for one in host.get("Ulimits") or ()
    }
    for name, value in wanted.items():
        if found.get(name) != (value, value):
            yield f"the engine set ulimit {name} to {found.get(name)}, asked for {value}"


def _engine_walls(host: Mapping[str, Any]) -> Iterator[str]:
    for key in ("CapAdd", "Binds", "Devices"):
        if host.get(key):
            yield f"the engine set {key} to {host[key]}, asked for none"
    for key in ("IpcMode", "PidMode"):
        if host.get(key) not in _OURS_ALONE:
            yield f"the engine set {key} to {host.get(key)}, asked for one of its own"
    if host.get("NetworkMode") != "none":
        yield f"the engine set NetworkMode to {host.get('NetworkMode')}, asked for none"
    options = host.get("SecurityOpt") or ()
    if not any(str(option).startswith("no-new-privileges") for option in options):
        yield "the engine did not take no-new-privileges"
    if any("unconfined" in str(option) for option in options):
        yield "the engine took a part of its protection away"


def inside_deviations(spec: ContainerSpec, answer: Mapping[str, object]) -> tuple[str, ...]:
    """Return where what a container sees of itself is not what the spec asks for."""
    return (
        *broken_walls(answer, spec.limits),
        *_swap(spec.limits, answer),
        *_cpu(spec.limits, answer),
        *_rlimits(spec.limits, answer),
        *_places(spec.limits, _mapping(answer.get("places"))),
    )


def _swap(limits: Limits, answer: Mapping[str, object]) -> Iterator[str]:
    if answer.get("swap_kib") == 0:
        return  # the machine has none
    apart, together = answer.get("swap"), answer.get("memory_and_swap")
    if apart != "0" and together != str(limits.memory_bytes):
        yield f"its swap is not limited (it sees {apart or together})"


def _cpu(limits: Limits, answer: Mapping[str, object]) -> Iterator[str]:
    words = str(answer.get("cpu")).split()
    if len(words) != 2 or not all(word.isdigit() and int(word) for word in words):
        yield f"its processor time is not limited (it sees {answer.get('cpu')})"
    elif abs(int(words[0]) / int(words[1]) - limits.cpus) > 0.01:
        yield f"it may use {int(words[0]) / int(words[1]):g} processors, asked for {limits.cpus:g}"


def _rlimits(limits: Limits, answer: Mapping[str, object]) -> Iterator[str]:
    seen = _mapping(answer.get("rlimits"))
    wanted = {
        "Max open files": OPEN_FILES,
        "Max file size": limits.disk_bytes,
        "Max core file size": 0,
    }
    for name, value in wanted.items():
        if seen.get(name) != [str(value), str(value)]:
            yield f"it sees {name.lower()} {seen.get(name)}, asked for {value}"


def _places(limits: Limits, seen: Mapping[str, Any]) -> Iterator[str]:
    sizes = {
        "/work": limits.disk_bytes,
        "/tmp": TMP_BYTES,  # noqa: S108 - inside
        "/dev/shm": shm_bytes(limits),  # noqa: S108 - inside
    }
    for place, size in sizes.items():
        facts = _mapping(seen.get(place))
        if facts.get("writable") is not True:
            yield f"{place} cannot be written"
        kind, found = facts.get("kind"), facts.get("bytes")
        if (kind, found) != ("tmpfs", size):
            yield f"{place} is {kind} of {found} bytes, asked for tmpfs of {size}"
        options = str(facts.get("options")).split(",")
        missing = [option for option in ("nosuid", "nodev") if option not in options]
        if missing:
            yield f"{place} is mounted without {' and '.join(missing)}"


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
