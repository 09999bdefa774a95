"""Install and start what ``doctor`` misses, as far as this user may. Nothing is ever stopped."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from sandbox.base_image import DEBIAN, base_kinds
from sandbox.errors import EngineUnavailableError, SandboxError

if TYPE_CHECKING:
    from collections.abc import Callable

    from runner.machine import Machine

READY_S: Final = 60
_INSTALL_TIMEOUT_S: Final = 900
_LOG: Final = Path("/var/log/dockerd.log")
_BOOTSTRAP: Final = ("mmdebstrap", "debian-archive-keyring")


class Engine(Protocol):
    """What is asked of the engine; every answer may be an error."""

    def check(self) -> None:
        """Return if an engine answers, else raise."""
        ...

    def can_build(self) -> bool:
        """Whether images are there, or a base to build them on is."""
        ...


class Mender:
    """One attempt to put a machine right."""

    def __init__(self, machine: Machine, engine: Engine, progress: Callable[[str], None]) -> None:
        self._machine = machine
        self._engine = engine
        self._progress = progress
        self._steps: list[str] = []
        self._updated = False

    def mend(self) -> tuple[str, ...]:
        """Do what can be done; return the steps that are left to a person."""
        if self._ensure_engine():
            self._ensure_base()
        return tuple(self._steps)

    def _ensure_engine(self) -> bool:
        reason = self._silence()
        if reason is None:
            return True
        host = self._machine.variable("DOCKER_HOST")
        if host:
            return self._leave(f"start the engine at DOCKER_HOST={host}, or unset DOCKER_HOST")
        if "may not use" in reason:
            return self._leave('sudo usermod -aG docker "$USER", then log in again')
        if self._machine.which("dockerd") is None and not self._install(
            "docker.io", instead="install Docker Engine or Docker Desktop, then start it"
        ):
            return False
        return self._silence() is None or self._start()

    def _start(self) -> bool:
        sudo = self._sudo()
        if sudo is None:
            return self._leave("start Docker as root: systemctl start docker, or dockerd")
        self._progress("starting Docker")
        if self._machine.runs_systemd:
            started, said = self._machine.run(
                [*sudo, "systemctl", "start", "docker"], timeout_s=READY_S
            )
        else:
            dockerd = self._machine.which("dockerd") or "dockerd"
            log = _LOG if not sudo else Path.home() / ".worksample-dockerd.log"
            started = self._machine.start_in_background([*sudo, dockerd], log)
            said = f"see {log}"
        if started and self._answers_within(READY_S):
            self._progress("Docker answers")
            return True
        return self._leave(f"start Docker and see why it does not answer ({said})")

    def _answers_within(self, seconds: int) -> bool:
        for _ in range(seconds * 2):
            if self._silence() is None:
                return True
            self._machine.sleep(0.5)
        return False

    def _ensure_base(self) -> None:
        """Install mmdebstrap where it will be needed."""
        if self._machine.which("mmdebstrap") or DEBIAN not in base_kinds():
            return
        try:
            needed = not self._engine.can_build()
        except SandboxError:
            needed = True
        if needed:
            instead = "make a registry with the official Python image reachable"
            self._install(*_BOOTSTRAP, instead=instead)

    def _install(self, *packages: str, instead: str) -> bool:
        """Install Debian packages, or leave a step; say whether it was done."""
        if self._machine.which("apt-get") is None:
            return self._leave(instead)
        install = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
        sudo = self._sudo()
        if sudo is None:
            return self._leave(f"sudo {' '.join(install)}")
        if not self._updated:
            self._progress("apt-get update")
            self._machine.run([*sudo, "apt-get", "update"], timeout_s=_INSTALL_TIMEOUT_S)
            self._updated = True  # whether or not: a stale list may still do
        self._progress(f"installing {' '.join(packages)}")
        noninteractive = [*sudo, "env", "DEBIAN_FRONTEND=noninteractive", *install]
        done, said = self._machine.run(noninteractive, timeout_s=_INSTALL_TIMEOUT_S)
        return done or self._leave(f"sudo {' '.join(install)}, which failed here: {said}")

    def _sudo(self) -> list[str] | None:
        """Return what makes a command root's: nothing, sudo, or None if neither is possible."""
        if self._machine.is_root:
            return []
        if (
            self._machine.which("sudo")
            and self._machine.run(["sudo", "-n", "true"], timeout_s=10)[0]
        ):
            return ["sudo", "-n"]
        return None

    def _silence(self) -> str | None:
        """Return why no engine answers, or None if one does."""
        try:
            self._engine.check()
        except EngineUnavailableError as error:
            return error.reason
        return None

    def _leave(self, step: str) -> bool:
        self._steps.append(step)
        return False
