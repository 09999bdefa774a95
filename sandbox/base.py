"""The contract of a sandbox. ``tests/contract`` holds every implementation to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, Self

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from sandbox.frames import Frame
    from sandbox.model import ContainerSpec, EndState, EngineInfo, Usage


class Container(Protocol):
    """One running container, talked to in frames over its stdin and stdout.

    Everything that ``receive`` returns is a claim about data. Leaving the ``with`` block ends it.
    """

    @property
    def id(self) -> str:
        """The engine's id."""
        ...

    def send(
        self, header: Mapping[str, object], body: bytes = b"", *, timeout_s: float = 30.0
    ) -> None:
        """Write one frame to the main process.

        Raises:
            GuestGoneError: the main process no longer reads.
            GuestTimeoutError: it does not read for ``timeout_s`` seconds.
        """
        ...

    def receive(self, *, timeout_s: float) -> Frame:
        """Return the next frame.

        Raises:
            GuestTimeoutError: none came within ``timeout_s`` seconds.
            GuestGoneError: the main process ended.
            GuestProtocolError: what came is no frame, or more than ``max_stream_bytes`` came.
            EngineUnavailableError: the engine ended, not the container.
        """
        ...

    def usage(self) -> Usage:
        """Return what the engine counted so far."""
        ...

    def error_output(self) -> str:
        """Return the last 8 KiB of the main process's own stderr, for diagnosis."""
        ...

    def end(self) -> EndState:
        """Close the attach connection, kill, remove; say how it ended. May be called again."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


class Sandbox(Protocol):
    """Starts containers. Hardened by default; nothing in a spec can weaken it."""

    def info(self) -> EngineInfo:
        """Return the engine that answers.

        Raises:
            EngineUnavailableError: none does.
        """
        ...

    def start(self, spec: ContainerSpec) -> Container:
        """Create, attach, start.

        Raises:
            EngineUnavailableError: the engine does not answer.
            ImageError: there is no such image.
            SandboxError: the engine refused.
        """
        ...

    def close(self) -> None:
        """End every container started here; start no more."""
        ...

    def remove_leftovers(self, *, everything: bool = False) -> int:
        """Remove containers of processes that are gone, or all of ours; return how many."""
        ...
