"""The connection to a Docker engine; the only module that imports the Docker SDK.

Others get a client passed in. They use create, start, attach, kill, remove, inspect, stats, list,
info and images. No exec, no archive API: what goes in and out of containers are frames on attached
stdio.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import requests
from docker import APIClient
from docker.errors import APIError, DockerException, ImageNotFound, NotFound
from docker.types import LogConfig, Ulimit
from docker.utils import kwargs_from_env

from sandbox.errors import EngineUnavailableError, ImageError, SandboxError

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator

__all__ = [
    "APIClient",
    "Attached",
    "Client",
    "LogConfig",
    "Ulimit",
    "connect",
    "engine_errors",
    "gone_is_fine",
]

API_TIMEOUT_S: Final = 30


@contextlib.contextmanager
def engine_errors() -> Iterator[None]:
    """Turn what the SDK raises into our words."""
    try:
        yield
    except ImageNotFound as error:
        raise ImageError(f"{error.explanation}; run `worksample images build`.") from error
    except APIError as error:
        raise SandboxError(f"The engine refused: {error.explanation or error}") from error
    except (DockerException, requests.RequestException, OSError) as error:
        raise EngineUnavailableError(_one_line(error)) from error


@contextlib.contextmanager
def gone_is_fine() -> Iterator[None]:
    """Let a request pass whose container is gone, dead or being removed already."""
    try:
        yield
    except NotFound:
        return
    except APIError as error:
        if error.status_code != 409:
            raise


class Attached(NamedTuple):
    """An attach connection: what is read and written, and what has to be closed."""

    socket: socket.socket
    response: Any

    def close(self) -> None:
        """Close both; may be called again."""
        # An HTTP response on a connection that was hijacked complains of having been closed.
        with contextlib.suppress(OSError, ValueError):
            self.response.close()
        self.socket.close()


class Client(APIClient):
    """The SDK's client, but one that hands out what it leaves open when it attaches."""

    def attach_stdio(self, container_id: str, *, only_stdin: bool = False) -> Attached:
        """Attach to stdin, and to stdout and stderr, of a container that is yet to be started."""
        streams = {"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1}
        if only_stdin:
            streams = {"stdin": 1, "stream": 1}
        found: Any = self.attach_socket(container_id, params=streams)
        return Attached(*found)

    def _get_raw_response_socket(self, response: Any) -> Any:
        stream: Any = super()._get_raw_response_socket(response)  # type: ignore[misc]
        # The socket below the stream; a TLS socket is given as it is.
        return getattr(stream, "_sock", stream), response


def connect(base_url: str | None = None) -> Client:
    """Return a client of the engine that the environment names, or of ``base_url``.

    Raises:
        EngineUnavailableError: none answers there.
    """
    with engine_errors():
        place = {"base_url": base_url} if base_url else kwargs_from_env()
        return Client(**place, version="auto", timeout=API_TIMEOUT_S, max_pool_size=64)


def _one_line(error: Exception) -> str:
    text = str(error).splitlines()[0] if str(error) else type(error).__name__
    if "FileNotFoundError" in text or "No such file" in text:
        return "its socket does not exist"
    if "PermissionError" in text or "Permission denied" in text:
        return "this user may not use its socket"
    if "Connection refused" in text or "ConnectionRefusedError" in text:
        return "its socket refuses connections"
    return text[:200]
