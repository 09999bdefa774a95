"""Read a Harbor task as data: whole files of a folder without links, and its manifest."""

from __future__ import annotations

import math
import re
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from runner.harbor.losses import HarborError, Loss
from runner.intake import SubmissionRefusedError
from runner.intake.folder import read_folder
from tasks.sizes import GIB, MIB

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_SUFFIXES: Final = {"G": 1024, "M": 1, "K": 1 / 1024}
_SIZE: Final = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([GMK])i?B?", re.IGNORECASE)
_INSTRUCTION: Final = re.compile(r"^\s*([A-Za-z]+)\s+(.*)$")
DEFAULT_WORKDIR: Final = "/app"


@dataclass(frozen=True, slots=True, kw_only=True)
class HarborTask:
    """What a Harbor folder holds."""

    folder: str
    """Its name."""
    config: Mapping[str, object]
    instruction: str
    files: Mapping[str, bytes]
    """All of them, by path."""

    def table(self, name: str) -> Mapping[str, object]:
        """Return a table of the manifest; an empty one if there is none."""
        value = self.config.get(name)
        return value if isinstance(value, dict) else {}

    def under(self, folder: str) -> dict[str, bytes]:
        """Return the files of one folder, by their path in it."""
        start = f"{folder}/"
        return {
            path.removeprefix(start): content
            for path, content in self.files.items()
            if path.startswith(start)
        }

    @property
    def docker_lines(self) -> tuple[tuple[str, str], ...]:
        """Instructions of the Dockerfile: (word in capitals, the rest on one line)."""
        text = self.files.get("environment/Dockerfile", b"").decode("utf-8", "replace")
        joined = re.sub(r"\\\r?\n", " ", text)
        found = []
        for line in joined.splitlines():
            match = _INSTRUCTION.match(line)
            if match and not line.lstrip().startswith("#"):
                found.append((match[1].upper(), " ".join(match[2].split())))
        return tuple(found)

    @property
    def workdir(self) -> str:
        """Where the work is done there."""
        named = self.table("environment").get("workdir")
        places = [rest for word, rest in self.docker_lines if word == "WORKDIR"]
        place = named if isinstance(named, str) else places[-1] if places else DEFAULT_WORKDIR
        return place.rstrip("/") or DEFAULT_WORKDIR


def read_harbor(folder: Path) -> HarborTask:
    """Return the Harbor task in a folder.

    Raises:
        HarborError: It is none, or holds links or other things that are no plain files.
    """
    try:
        snapshot = read_folder(str(folder)).finish()
    except SubmissionRefusedError as error:
        raise HarborError(f"{folder}: {'; '.join(error.problems)}") from error
    files = {one.path: one.content for one in snapshot.files}
    if "task.toml" not in files:
        raise HarborError(f"{folder} has no task.toml: name the folder of one Harbor task.")
    if "instruction.md" not in files:
        more = " A task of several steps is not imported." if _has_steps(files) else ""
        raise HarborError(f"{folder} has no instruction.md.{more}")
    try:
        config = tomllib.loads(files["task.toml"].decode())
        instruction = files["instruction.md"].decode()
    except (ValueError, RecursionError) as error:
        raise HarborError(
            f"{folder}: task.toml or instruction.md cannot be read: {error}"
        ) from error
    return HarborTask(
        folder=folder.resolve().name, config=config, instruction=instruction, files=files
    )


def _has_steps(files: Mapping[str, bytes]) -> bool:
    return any(path.startswith("steps/") for path in files)


@dataclass(frozen=True, slots=True, kw_only=True)
class Resources:
    """What one run may use, in the bounds of ``tasks.manifest.Limits``."""

    wall_time_s: float
    memory_bytes: int
    cpus: float
    disk_bytes: int


def resources_of(task: HarborTask, losses: list[Loss]) -> Resources:
    """Return the limits that a manifest asks for; what had to be changed is added to ``losses``."""
    environment = task.table("environment")
    asked_s = number(task.table("verifier").get("timeout_sec"), 600.0)
    wall_time_s = min(max(asked_s, 1.0), 3600.0)
    memory = _megabytes(environment, "memory", 2048)
    disk = _megabytes(environment, "storage", 10240)
    memory_bytes = min(max(int(memory * MIB), 32 * MIB), 64 * GIB)
    disk_bytes = min(max(int(disk * MIB), MIB), memory_bytes // 2)
    losses.append(
        Loss(
            "task.toml",
            f"verifier.timeout_sec became limits.wall_time_s = {wall_time_s:g}",
            "set how many seconds one run of the candidate's command may take",
        )
    )
    if disk_bytes < disk * MIB:
        words = f"{disk:g} MB of storage became {disk_bytes // MIB} MiB: files count as memory here"
        losses.append(Loss("task.toml", words, "raise limits.memory_bytes if it needs more"))
    return Resources(
        wall_time_s=wall_time_s,
        memory_bytes=memory_bytes,
        cpus=min(max(number(environment.get("cpus"), 1.0), 0.1), 64.0),
        disk_bytes=disk_bytes,
    )


def number(value: object, otherwise: float) -> float:
    """Return a finite number of a manifest, or another if it is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return otherwise
    try:
        found = float(value)
    except OverflowError:
        return otherwise
    return found if math.isfinite(found) else otherwise


def _megabytes(environment: Mapping[str, object], name: str, otherwise: float) -> float:
    """Return ``memory_mb``, or the older ``memory = "4G"``."""
    old = environment.get(name)
    match = _SIZE.fullmatch(old) if isinstance(old, str) else None
    if match:
        return float(match[1]) * _SUFFIXES[match[2].upper()]
    return number(environment.get(f"{name}_mb"), otherwise)
