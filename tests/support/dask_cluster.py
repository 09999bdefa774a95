"""A real Dask cluster of processes on loopback, some of which may be killed."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PATIENCE_S = 30
NOTHING: Mapping[str, str] = {}


class DaskCluster:
    """A scheduler and its workers, each a process, one thread each, without a nanny."""

    def __init__(
        self, folder: Path, *, workers: int, scheme: str = "tcp", extra: Mapping[str, str] = NOTHING
    ) -> None:
        self.folder = folder
        self.port = _free_port()
        self._scheme = scheme
        self.url = f"{scheme.replace('tcp', 'dask')}://127.0.0.1:{self.port}"
        self._environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry),
            **extra,
        }
        self.workers: dict[str, subprocess.Popen[bytes]] = {}
        self.start_scheduler()
        for number in range(workers):
            self.start_worker(f"worker-{number}")
        self.wait_for_workers(workers)

    def wait_for_workers(self, count: int) -> None:
        """Wait until so many have registered, those that have ended included."""
        deadline = time.monotonic() + PATIENCE_S
        while self.log().count("Registered to:") < count:
            assert time.monotonic() < deadline, self.log()
            time.sleep(0.1)

    def start_scheduler(self) -> None:
        """Start the scheduler, at the same place as before."""
        self.scheduler = self._start(
            "scheduler",
            "--host",
            "127.0.0.1",
            "--port",
            str(self.port),
            "--no-dashboard",
            "--protocol",
            self._scheme,
        )
        self._wait_for(self.port)

    def start_worker(self, name: str, more: Mapping[str, str] | None = None) -> None:
        """Start a worker; with other variables of the environment, if any are given."""
        self.workers[name] = self._start(
            "worker", f"{self._scheme}://127.0.0.1:{self.port}", "--name", name, "--nthreads", "1",
            "--nworkers", "1", "--no-nanny", "--memory-limit", "0", "--no-dashboard",
            "--host", "127.0.0.1", "--local-directory", str(self.folder / "scratch"),
            more=more,
        )  # fmt: skip

    def kill_worker(self, name: str) -> None:
        """End a worker without a word."""
        process = self.workers.pop(name)
        process.kill()
        process.wait(PATIENCE_S)

    def stop(self) -> None:
        """End everything, the workers first: they say goodbye to the scheduler."""
        for processes in ([*self.workers.values()], [self.scheduler]):
            for process in processes:
                process.send_signal(signal.SIGTERM)
            for process in processes:
                try:
                    process.wait(PATIENCE_S)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait(PATIENCE_S)

    def log(self) -> str:
        """Return what all of them said."""
        return (self.folder / "log").read_text(errors="replace")

    def _start(
        self, *arguments: str, more: Mapping[str, str] | None = None
    ) -> subprocess.Popen[bytes]:
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "distributed.cli.dask_" + arguments[0], *arguments[1:]],
                env={**self._environment, **(more or {})}, stdout=log, stderr=log,
                cwd=self.folder, start_new_session=True,
            )  # fmt: skip

    def _wait_for(self, port: int) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
            except OSError:
                assert self.scheduler.poll() is None, self.log()
                assert time.monotonic() < deadline, self.log()
                time.sleep(0.1)
            else:
                return


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
