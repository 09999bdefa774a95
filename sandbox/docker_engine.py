"""The Docker engine; the only module that imports the Docker SDK.

It uses create, start, attach, kill, remove, inspect, stats, list and info. No exec, no archive API:
what goes in and out are frames on attached stdio.
"""

from __future__ import annotations

import contextlib
import queue
import secrets
import socket
import threading
import time
from typing import TYPE_CHECKING, Any, Final, Self

import docker
import requests
from docker.errors import APIError, DockerException, ImageNotFound, NotFound
from docker.types import LogConfig, Ulimit

from sandbox.errors import (
    EngineUnavailableError,
    GuestGoneError,
    GuestProtocolError,
    GuestTimeoutError,
    ImageError,
    SandboxError,
)
from sandbox.frames import Frame, FrameDecoder, encode
from sandbox.model import MIB, EndState, EngineInfo, Role, Usage
from sandbox.owner import Owner

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import TracebackType

    from sandbox.model import ContainerSpec

API_TIMEOUT_S: Final = 30
_KILL_WAIT_S: Final = 10.0
_ERROR_BYTES: Final = 8192
_FIRST_UID: Final = 20_000
_UIDS: Final = 40_000
_TMP_BYTES: Final = 64 * MIB
_SHM_BYTES: Final = 64 * MIB
_END: Final = object()


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


def _one_line(error: Exception) -> str:
    text = str(error).splitlines()[0] if str(error) else type(error).__name__
    if "FileNotFoundError" in text or "No such file" in text:
        return "its socket does not exist"
    if "PermissionError" in text or "Permission denied" in text:
        return "this user may not use its socket"
    if "Connection refused" in text or "ConnectionRefusedError" in text:
        return "its socket refuses connections"
    return text[:200]


def connect(base_url: str | None = None) -> docker.APIClient:
    """Return a client of the engine that the environment names, or of ``base_url``."""
    with engine_errors():
        if base_url is not None:
            return docker.APIClient(base_url=base_url, version="auto", timeout=API_TIMEOUT_S)
        client = docker.from_env(version="auto", timeout=API_TIMEOUT_S, max_pool_size=64)
        return client.api


class DockerSandbox:
    """A :class:`sandbox.base.Sandbox` on any engine with Docker's API."""

    def __init__(self, *, base_url: str | None = None, runtime: str | None = None) -> None:
        self._base_url = base_url
        self._runtime = runtime
        self._client: docker.APIClient | None = None
        self._lock = threading.Lock()
        self._owner = Owner.of_this_process()
        self._next_uid = secrets.randbelow(_UIDS)
        self._runtime_checked = runtime is None

    @property
    def api(self) -> docker.APIClient:
        """The connection, made on first use."""
        with self._lock:
            if self._client is None:
                self._client = connect(self._base_url)
            return self._client

    def info(self) -> EngineInfo:
        """Return the engine that answers."""
        with engine_errors():
            facts = self.api.info()
            version = self.api.version()
        return EngineInfo(
            name=str(facts.get("Name", "")),
            version=str(facts["ServerVersion"]),
            api_version=str(version["ApiVersion"]),
            runtimes=tuple(sorted(facts.get("Runtimes") or ())),
            default_runtime=str(facts.get("DefaultRuntime", "")),
            cgroup_version=str(facts.get("CgroupVersion", "")),
            security_options=tuple(facts.get("SecurityOptions") or ()),
            cpus=int(facts.get("NCPU", 1)),
            memory_bytes=int(facts.get("MemTotal", 0)),
            warnings=tuple(facts.get("Warnings") or ()),
        )

    def start(self, spec: ContainerSpec) -> DockerContainer:
        """Create, attach, start; on any failure nothing is left."""
        self._check_runtime()
        with engine_errors():
            created = self.api.create_container(**self._create_arguments(spec))
        container = DockerContainer(self.api, created["Id"], spec)
        try:
            container.attach_and_start()
        except BaseException:
            with contextlib.suppress(SandboxError):
                container.end()
            raise
        return container

    def remove_leftovers(self, *, everything: bool = False) -> int:
        """Remove containers of processes that are gone, or of all (``everything``)."""
        removed = 0
        with engine_errors():
            found = self.api.containers(all=True, filters={"label": Owner.LABEL})
        for entry in found:
            labels = entry.get("Labels") or {}
            if everything or Owner.is_gone(labels):
                with contextlib.suppress(NotFound), engine_errors():
                    self.api.remove_container(entry["Id"], force=True, v=True)
                    removed += 1
        return removed

    def _check_runtime(self) -> None:
        if self._runtime_checked:
            return
        known = self.info().runtimes
        if self._runtime not in known:
            raise SandboxError(
                f"The engine has no runtime {self._runtime!r} (it has {', '.join(known)}); "
                "install it or drop the setting."
            )
        self._runtime_checked = True

    def _uid(self) -> int:
        with self._lock:
            self._next_uid = (self._next_uid + 1) % _UIDS
            return _FIRST_UID + self._next_uid

    def _create_arguments(self, spec: ContainerSpec) -> dict[str, Any]:
        uid = self._uid()
        limits = spec.limits
        owned = f"uid={uid},gid={uid},mode=0700,nosuid,nodev"
        host_config = self.api.create_host_config(
            network_mode=_network_mode(spec),
            read_only=True,
            tmpfs={
                "/work": f"rw,exec,size={limits.disk_bytes},nr_inodes=65536,{owned}",
                "/tmp": f"rw,exec,size={_TMP_BYTES},nr_inodes=16384,{owned}",  # noqa: S108 - inside
            },
            cap_drop=["ALL"],
            security_opt=["no-new-privileges"],
            mem_limit=limits.memory_bytes,
            memswap_limit=limits.memory_bytes,
            pids_limit=limits.pids,
            nano_cpus=int(limits.cpus * 1e9),
            shm_size=min(_SHM_BYTES, limits.memory_bytes // 2),
            ipc_mode="private",
            oom_score_adj=500 if spec.role is not Role.GRADE else 0,
            ulimits=[
                Ulimit(name="nofile", soft=1024, hard=1024),
                Ulimit(name="fsize", soft=limits.disk_bytes, hard=limits.disk_bytes),
                Ulimit(name="core", soft=0, hard=0),
            ],
            log_config=LogConfig(type="none"),
            runtime=self._runtime,
            **({} if spec.join_network_of else {"dns": ["127.0.0.1"]} if not spec.network else {}),
        )
        return {
            "image": spec.image,
            "command": list(spec.command),
            "entrypoint": [],
            "user": f"{uid}:{uid}",
            "working_dir": "/work",
            "environment": dict(spec.env),
            "hostname": None if spec.join_network_of else "worksample",
            "stdin_open": True,
            "tty": False,
            "labels": self._owner.labels(spec),
            "host_config": host_config,
        }


def _network_mode(spec: ContainerSpec) -> str:
    if spec.join_network_of:
        return f"container:{spec.join_network_of}"
    return spec.network or "none"


class DockerContainer:
    """A :class:`sandbox.base.Container`; see there for the contract."""

    def __init__(self, api: docker.APIClient, container_id: str, spec: ContainerSpec) -> None:
        self.id = container_id
        self._api = api
        self._spec = spec
        self._frames: queue.SimpleQueue[Frame | object] = queue.SimpleQueue()
        self._errors = bytearray()
        self._violation: GuestProtocolError | None = None
        self._peak_bytes = 0
        self._socket: socket.socket | None = None
        self._reader: threading.Thread | None = None
        self._ended: EndState | None = None
        self._end_lock = threading.Lock()
        self._send_lock = threading.Lock()

    def attach_and_start(self) -> None:
        """Attach before the start, so that no byte is missed and the reader always drains."""
        streams = {"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1}
        with engine_errors():
            response = self._api.attach_socket(self.id, params=streams)
            self._socket = getattr(response, "_sock", response)
            self._socket.settimeout(None)
            self._reader = threading.Thread(
                target=self._drain, name=f"drain-{self.id[:8]}", daemon=True
            )
            self._reader.start()
            self._api.start(self.id)

    def send(
        self, header: Mapping[str, object], body: bytes = b"", *, timeout_s: float = 30.0
    ) -> None:
        """Write one frame."""
        if self._socket is None:
            raise GuestGoneError("the container has been ended")
        deadline = time.monotonic() + timeout_s
        view = memoryview(encode(header, body))
        try:
            with self._send_lock:
                while view:
                    left = deadline - time.monotonic()
                    if left <= 0 or not _writable(self._socket, left):
                        raise GuestTimeoutError(f"nothing read for {timeout_s:g} s")
                    view = view[self._socket.send(view[:MIB]) :]
        except (OSError, ValueError) as error:
            raise GuestGoneError("the container no longer reads") from error

    def receive(self, *, timeout_s: float) -> Frame:
        """Return the next frame."""
        try:
            item = self._frames.get(timeout=max(timeout_s, 0.0))
        except queue.Empty:
            raise GuestTimeoutError(f"no answer for {timeout_s:g} s") from None
        if isinstance(item, Frame):
            return item
        self._frames.put(_END)
        if self._violation is not None:
            raise self._violation
        self._inspect()  # the engine still answers, so it is the container that ended
        raise GuestGoneError("the container ended")

    def usage(self) -> Usage:
        """Return what the engine counted so far."""
        with engine_errors():
            facts = self._api.stats(self.id, stream=False, one_shot=True)
        memory = facts.get("memory_stats") or {}
        now = int(memory.get("usage", 0))
        self._peak_bytes = max(self._peak_bytes, now, int(memory.get("max_usage", 0)))
        total_ns = int(facts.get("cpu_stats", {}).get("cpu_usage", {}).get("total_usage", 0))
        return Usage(
            cpu_time_s=total_ns / 1e9, memory_bytes=now, memory_peak_bytes=self._peak_bytes
        )

    def error_output(self) -> str:
        """Return the end of the main process's own stderr."""
        return bytes(self._errors).decode("utf-8", "replace")

    def end(self) -> EndState:
        """Close the attach connection first: a flooding container cannot be killed otherwise."""
        with self._end_lock:
            if self._ended is None:
                self._close()
                try:
                    self._ended = self._kill_and_inspect()
                finally:
                    self._remove()
            return self._ended

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if value is None:
            self.end()
            return
        with contextlib.suppress(SandboxError):  # the first failure is the one to report
            self.end()

    def _close(self) -> None:
        if self._socket is None:
            return
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        with contextlib.suppress(OSError):
            self._socket.close()
        self._socket = None
        if self._reader is not None and self._reader is not threading.current_thread():
            self._reader.join(_KILL_WAIT_S)

    def _kill_and_inspect(self) -> EndState:
        with contextlib.suppress(NotFound, APIError), engine_errors_but_api():
            self._api.kill(self.id, "SIGKILL")
        deadline = time.monotonic() + _KILL_WAIT_S
        state = self._inspect()
        while state.get("Running") and time.monotonic() < deadline:
            time.sleep(0.01)
            state = self._inspect()
        if state.get("Running"):
            raise SandboxError(f"container {self.id[:12]} does not die")
        return EndState(
            out_of_memory=bool(state.get("OOMKilled")), exit_code=state.get("ExitCode")
        )

    def _remove(self) -> None:
        with contextlib.suppress(NotFound), engine_errors():
            try:
                self._api.remove_container(self.id, force=True, v=True)
            except APIError as error:
                if error.status_code not in (404, 409):  # gone, or already being removed
                    raise

    def _inspect(self) -> dict[str, Any]:
        with engine_errors():
            state: dict[str, Any] = self._api.inspect_container(self.id)["State"]
        return state

    def _drain(self) -> None:
        """Read the attach stream until it ends; beyond the cap count and drop."""
        decoder = FrameDecoder(max_body_bytes=self._spec.max_frame_bytes)
        total = 0
        for stream, data in _demultiplex(self._socket):
            if stream == 2:
                self._errors += data
                del self._errors[:-_ERROR_BYTES]
                continue
            total += len(data)
            if self._violation is None:
                self._violation = self._decode(decoder, data, total)
        self._frames.put(_END)

    def _decode(
        self, decoder: FrameDecoder, data: bytes, total: int
    ) -> GuestProtocolError | None:
        try:
            if total > self._spec.max_stream_bytes:
                raise GuestProtocolError(
                    f"more than {self._spec.max_stream_bytes} bytes came out of the container"
                )
            for frame in decoder.feed(data):
                self._frames.put(frame)
        except GuestProtocolError as error:
            self._violation = error  # before the wake-up, so that `receive` finds it
            self._frames.put(_END)
            return error
        return None


@contextlib.contextmanager
def engine_errors_but_api() -> Iterator[None]:
    """Let the engine's refusals through (already dead is fine), translate the rest."""
    try:
        yield
    except APIError:
        raise
    except (DockerException, requests.RequestException, OSError) as error:
        raise EngineUnavailableError(_one_line(error)) from error


def _demultiplex(connection: socket.socket | None) -> Iterator[tuple[int, bytes]]:
    """Yield (stream, data) from Docker's attach format: type, three zero bytes, u32 length."""
    buffer = bytearray()
    stream, left = 0, 0
    while connection is not None:
        try:
            data = connection.recv(1 << 18)
        except (OSError, ValueError):
            return
        if not data:
            return
        buffer += data
        while buffer:
            if left == 0:
                if len(buffer) < 8:
                    break
                stream, left = buffer[0], int.from_bytes(buffer[4:8], "big")
                del buffer[:8]
                continue
            part = bytes(buffer[:left])
            del buffer[: len(part)]
            left -= len(part)
            yield stream, part


def _writable(connection: socket.socket, timeout_s: float) -> bool:
    import select

    return bool(select.select([], [connection], [], timeout_s)[1])
