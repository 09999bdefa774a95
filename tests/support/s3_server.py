"""A server that speaks S3, on this machine."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

BUCKET: Final = "loop"
_PATIENCE_S: Final = 60


class S3Server:
    """Moto as a process of its own; what it holds is gone when it stops."""

    def __init__(self, folder: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self.endpoint = f"http://127.0.0.1:{port}"
        self._log = folder / "s3.log"
        self._command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def environment(self) -> dict[str, str]:
        """Return what a program needs to reach it."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": "tester",
            "AWS_SECRET_ACCESS_KEY": "tester",
            "AWS_DEFAULT_REGION": "us-east-1",
            "NO_PROXY": "127.0.0.1",
        }

    def empty(self) -> None:
        """Have it hold one empty bucket and nothing else, started if it is not."""
        if self._process is None:
            self.start()
            return
        self._ask("POST", "moto-api/reset")
        self._ask("PUT", BUCKET)

    def start(self) -> None:
        """Start it with an empty bucket."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command, stdout=log, stderr=log, env={**os.environ, **self.environment}
            )
        deadline = time.monotonic() + _PATIENCE_S
        while not self._answers():
            assert self._process.poll() is None, self._log.read_text()
            assert time.monotonic() < deadline, self._log.read_text()
            time.sleep(0.1)

    def stop(self) -> None:
        """Stop it."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()

    def _answers(self) -> bool:
        try:
            self._ask("PUT", BUCKET)
        except OSError:
            return False
        return True

    def _ask(self, method: str, path: str) -> None:
        asked = urllib.request.Request(f"{self.endpoint}/{path}", method=method)
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        direct.open(asked, timeout=10).close()
