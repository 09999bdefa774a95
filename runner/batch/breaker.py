"""Hold everybody back while no engine answers, and go on when one does."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Final

from sandbox.errors import EngineUnavailableError, SandboxError

if TYPE_CHECKING:
    from collections.abc import Callable

_FIRST_S: Final = 0.5
_LONGEST_S: Final = 15.0


class Breaker:
    """A circuit breaker: open from the first failure until a probe succeeds.

    Args:
        probe: Asks the engine anything.
        patience_s: How long it is waited for, in seconds.
        say: Is told when it is waited for and when it goes on.
    """

    def __init__(
        self, *, probe: Callable[[], object], patience_s: float, say: Callable[[str], None]
    ) -> None:
        self._probe = probe
        self._patience_s = patience_s
        self._say = say
        self._error: EngineUnavailableError | None = None
        self._since = 0.0
        self._lock = threading.Lock()

    def trip(self, error: EngineUnavailableError) -> None:
        """Hold everybody back from now on."""
        with self._lock:
            if self._error is None:
                self._error, self._since = error, time.monotonic()
                self._say(f"{error} Waiting for it, at most {self._patience_s:g} s.")

    def wait(self, stop: threading.Event) -> None:
        """Return at once, or when the engine answers, or when ``stop`` is set.

        Raises:
            EngineUnavailableError: it did not answer for too long.
        """
        with self._lock:
            pause_s = _FIRST_S
            while self._error is not None and not stop.wait(pause_s):
                try:
                    self._probe()
                except SandboxError:
                    if time.monotonic() - self._since > self._patience_s:
                        raise self._error from None
                    pause_s = min(2 * pause_s, _LONGEST_S)
                else:
                    self._error = None
                    self._say("The engine answers again.")
