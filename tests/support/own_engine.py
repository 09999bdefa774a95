"""An engine of the test's own, to be restarted while others work on the machine's."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from sandbox.docker_engine import DockerSandbox
from sandbox.errors import EngineUnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

PATIENCE_S = 60


class OwnEngine:
    """A second dockerd, with folders, a socket and a network namespace of its own.

    In the machine's namespace it would take away the bridge of the machine's engine.
    """

    def __init__(self, folder: Path) -> None:
        self.url = f"unix://{folder / 'engine.sock'}"
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        folder = self._folder
        with (folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                ["unshare", "--net", "dockerd", "--data-root", folder / "data",
                 "--exec-root", folder / "exec", "--pidfile", folder / "pid", "-H", self.url,
                 "--bridge", "none", "--iptables=false", "--ip6tables=false"],
                stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        deadline = time.monotonic() + PATIENCE_S
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                pytest.skip(f"no engine of our own here: {self._last_words()}")
            time.sleep(0.2)

    def stop(self) -> None:
        """Stop it as a machine does that shuts down; its containers end with it."""
        process, self._process = self._process, None
        if process is not None:
            process.send_signal(signal.SIGTERM)
            process.wait(PATIENCE_S)

    def take_images(self, names: Iterable[str]) -> None:
        """Copy images of another engine."""
        here = {**os.environ, "DOCKER_HOST": self.url}
        with subprocess.Popen(["docker", "save", *names], stdout=subprocess.PIPE) as saved:
            load = ["docker", "load", "-q"]
            subprocess.run(
                load, stdin=saved.stdout, stdout=subprocess.DEVNULL, env=here, check=True
            )
        assert saved.returncode == 0

    def containers(self) -> list[str]:
        """Return the ids of all containers there are."""
        sandbox = DockerSandbox(base_url=self.url)
        found = [one["Id"] for one in sandbox.api.containers(all=True)]
        sandbox.close()
        return found

    def _answers(self) -> bool:
        try:
            sandbox = DockerSandbox(base_url=self.url)
            sandbox.info()
        except EngineUnavailableError:
            return False
        sandbox.close()
        return True

    def _last_words(self) -> str:
        lines = (self._folder / "log").read_text(errors="replace").splitlines()
        return lines[-1][-300:] if lines else "it said nothing"


def why_none() -> str | None:
    """Return why there can be no engine of our own, or None."""
    if os.geteuid() != 0:
        return "only root starts an engine"
    missing = [name for name in ("dockerd", "docker", "unshare") if shutil.which(name) is None]
    return f"there is no {missing[0]}" if missing else None
