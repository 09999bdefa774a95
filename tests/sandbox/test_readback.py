"""Every limit that an engine drops is said: by the engine's record, or by what a container sees."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from sandbox.model import MIB, Limits
from sandbox.probe import probe_spec
from sandbox.readback import engine_deviations, inside_deviations

SPEC = probe_spec("image", Limits(memory_bytes=128 * MIB, pids=32, disk_bytes=8 * MIB))
FILE_BYTES = str(8 * MIB)
OPTIONS = "rw,nosuid,nodev,relatime"

DOCKER: dict[str, Any] = {
    "Memory": 128 * MIB,
    "MemorySwap": 128 * MIB,
    "PidsLimit": 32,
    "NanoCpus": 10**9,
    "ShmSize": 64 * MIB,
    "ReadonlyRootfs": True,
    "Privileged": False,
    "NetworkMode": "none",
    "IpcMode": "private",
    "PidMode": "",
    "SecurityOpt": ["no-new-privileges"],
    "CapAdd": None,
    "Binds": None,
    "Devices": None,
    "Ulimits": [
        {"Name": "nofile", "Hard": 1024, "Soft": 1024},
        {"Name": "fsize", "Hard": 8 * MIB, "Soft": 8 * MIB},
        {"Name": "core", "Hard": 0, "Soft": 0},
    ],
}
PODMAN: dict[str, Any] = {
    **DOCKER,
    "IpcMode": "shareable",
    "PidMode": "private",
    "CapAdd": [],
    "Binds": [],
    "Devices": [],
    "Ulimits": [
        *({**one, "Name": f"RLIMIT_{one['Name'].upper()}"} for one in DOCKER["Ulimits"]),
        {"Name": "RLIMIT_NPROC", "Hard": 32768, "Soft": 32768},
    ],
}
SEEN: dict[str, Any] = {
    "protocol": 1,
    "uid": 22629,
    "status": {"CapEff": "0" * 16, "CapBnd": "0" * 16, "NoNewPrivs": "1", "Seccomp": "2"},
    "interfaces": ["lo"],
    "root_writable": False,
    "memory_bytes": str(128 * MIB),
    "pids": "32",
    "swap": None,
    "memory_and_swap": str(128 * MIB),
    "cpu": "100000 100000",
    "swap_kib": 1000,
    "rlimits": {
        "Max open files": ["1024", "1024"],
        "Max file size": [FILE_BYTES, FILE_BYTES],
        "Max core file size": ["0", "0"],
    },
    "places": {
        "/": {"kind": "overlay", "options": "ro", "bytes": 1, "inodes": 1, "writable": False},
        "/work": {"kind": "tmpfs", "options": OPTIONS, "bytes": 8 * MIB, "writable": True},
        "/tmp": {"kind": "tmpfs", "options": OPTIONS, "bytes": 64 * MIB, "writable": True},
        "/dev/shm": {"kind": "tmpfs", "options": OPTIONS, "bytes": 64 * MIB, "writable": True},
    },
}


def with_change(facts: dict[str, Any], path: str, value: object) -> dict[str, Any]:
    changed = copy.deepcopy(facts)
    *folders, last = path.split(".")
    place = changed
    for folder in folders:
        place = place[folder]
    place[last] = value
    return changed


@pytest.mark.parametrize("host", [DOCKER, PODMAN], ids=["docker", "podman"])
def test_an_engine_that_took_everything_deviates_in_nothing(host: dict[str, Any]) -> None:
    assert engine_deviations(SPEC, {"HostConfig": host}) == ()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("Memory", 0),
        ("MemorySwap", -1),
        ("PidsLimit", None),
        ("NanoCpus", 0),
        ("ShmSize", 0),
        ("ReadonlyRootfs", False),
        ("Privileged", True),
        ("NetworkMode", "bridge"),
        ("IpcMode", "host"),
        ("PidMode", "host"),
        ("SecurityOpt", []),
        ("SecurityOpt", ["no-new-privileges", "seccomp=unconfined"]),
        ("CapAdd", ["SYS_ADMIN"]),
        ("Binds", ["/:/host"]),
        ("Devices", [{"PathOnHost": "/dev/kvm"}]),
        ("Ulimits", DOCKER["Ulimits"][1:]),
    ],
)
def test_each_setting_that_an_engine_dropped_is_one_sentence(key: str, value: object) -> None:
    found = engine_deviations(SPEC, {"HostConfig": with_change(DOCKER, key, value)})
    assert len(found) == 1, found
    assert "engine" in found[0]


def test_an_engine_that_says_nothing_deviates_in_everything() -> None:
    assert len(engine_deviations(SPEC, {})) == 14


def test_a_container_that_sees_its_limits_deviates_in_nothing() -> None:
    assert inside_deviations(SPEC, SEEN) == ()


@pytest.mark.parametrize(
    ("path", "value", "word"),
    [
        ("memory_bytes", "9223372036854771712", "memory"),
        ("memory_bytes", None, "memory"),
        ("pids", "max", "processes"),
        ("memory_and_swap", None, "swap"),
        ("cpu", "max 100000", "processor"),
        ("cpu", "-1 100000", "processor"),
        ("cpu", None, "processor"),
        ("cpu", "200000 100000", "2 processors"),
        ("rlimits.Max open files", ["1048576", "1048576"], "open files"),
        ("rlimits.Max file size", ["unlimited", "unlimited"], "file size"),
        ("rlimits.Max core file size", ["0", "unlimited"], "core"),
        ("places./work.bytes", 10**12, "/work"),
        ("places./tmp.kind", "overlay", "/tmp"),
        ("places./dev/shm", {}, "/dev/shm"),
        ("places./work.options", "rw,nodev", "nosuid"),
        ("places./work.writable", False, "/work cannot"),
        ("status.CapEff", "0000000000000400", "capabilities"),
        ("status.NoNewPrivs", "0", "privileges"),
        ("status.Seccomp", "0", "seccomp"),
        ("interfaces", ["eth0", "lo"], "network"),
        ("root_writable", True, "root"),
    ],
)
def test_each_limit_that_is_not_seen_is_said(path: str, value: object, word: str) -> None:
    found = inside_deviations(SPEC, with_change(SEEN, path, value))
    assert found
    assert any(word in sentence for sentence in found), found


@pytest.mark.parametrize(
    "change",
    [
        {"swap_kib": 0, "memory_and_swap": None},
        {"swap": "0", "memory_and_swap": None},
    ],
    ids=["a machine without swap", "the other layout of cgroups"],
)
def test_swap_is_held_off_in_more_than_one_way(change: dict[str, object]) -> None:
    assert inside_deviations(SPEC, {**SEEN, **change}) == ()


def test_an_answer_that_says_nothing_deviates_in_everything() -> None:
    assert len(inside_deviations(SPEC, {})) > 15
