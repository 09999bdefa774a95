"""A door in front of the real engine that a test can shut or slow down.

Shut, it is an engine that stopped; held, one that takes requests and does not answer.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

ENGINE = "/var/run/docker.sock"


class EngineProxy:
    """Passes bytes between a socket of its own and the engine's."""

    def __init__(self, path: Path, engine: str = ENGINE) -> None:
        self.url = f"unix://{path}"
        self.delay_s = 0.0
        """How long every piece that passes is kept."""
        self._path = path
        self._engine = engine
        self._flowing = threading.Event()
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._listener: socket.socket | None = None
        self._accepting: threading.Thread | None = None
        self.start()

    def start(self) -> None:
        """Let connections through."""
        self._flowing.set()
        self._path.unlink(missing_ok=True)
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(self._path))
        self._listener.listen(64)
        self._accepting = threading.Thread(target=self._accept, args=(self._listener,), daemon=True)
        self._accepting.start()

    def hold(self) -> None:
        """Keep everything that comes from now on, both ways, until `flow`."""
        self._flowing.clear()

    def flow(self) -> None:
        """Let everything pass that was held."""
        self._flowing.set()

    def stop(self) -> None:
        """Cut every connection and answer no more."""
        self._flowing.set()
        if self._listener is not None:
            with contextlib.suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
        if self._accepting is not None:
            self._accepting.join(5)  # or a connection it is at would be cut by nobody
        self._path.unlink(missing_ok=True)
        for end in self._open:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)
        for end in self._open:
            end.close()
        self._open.clear()
        self._threads.clear()

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = listener.accept()
                engine = socket.socket(socket.AF_UNIX)
                self._open += [client, engine]
                engine.connect(self._engine)
                for source, target in ((client, engine), (engine, client)):
                    thread = threading.Thread(
                        target=self._pass_on, args=(source, target), daemon=True
                    )
                    thread.start()
                    self._threads.append(thread)

    def _pass_on(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 16):
                time.sleep(self.delay_s)
                self._flowing.wait()
                target.sendall(data)
        for end, how in ((target, socket.SHUT_WR), (source, socket.SHUT_RD)):
            with contextlib.suppress(OSError):
                end.shutdown(how)
