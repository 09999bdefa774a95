"""A sandbox on any engine with Docker's API: every container hardened, none privileged."""

from __future__ import annotations

import contextlib
import secrets
import threading
from typing import TYPE_CHECKING, Any, Final

from sandbox.cache import cache_folder, complete
from sandbox.docker_container import DockerContainer
from sandbox.engine_api import LogConfig, Ulimit, connect, engine_errors, gone_is_fine
from sandbox.errors import SandboxError
from sandbox.model import MIB, EngineInfo, Role
from sandbox.owner import Owner
from sandbox.seccomp import seccomp_digest, seccomp_json

if TYPE_CHECKING:
    from sandbox.engine_api import Client
    from sandbox.model import ContainerSpec, Limits

_FIRST_UID: Final = 20_000
_UIDS: Final = 40_000
_INODES: Final = 32_000
"""More than a submission may have entries, so that some are left for its runs."""
TMP_BYTES: Final = 64 * MIB
SHM_BYTES: Final = 64 * MIB
OPEN_FILES: Final = 1024


class DockerSandbox:
    """A :class:`sandbox.base.Sandbox` on any engine with Docker's API."""

    def __init__(self, *, base_url: str | None = None, runtime: str | None = None) -> None:
        self._base_url = base_url
        self._runtime = runtime
        self._client: Client | None = None
        self._lock = threading.Lock()
        self._owner = Owner.of_this_process()
        self._next_uid = secrets.randbelow(_UIDS)
        self._runtime_checked = runtime is None
        self._podman: bool | None = None
        self._live: set[DockerContainer] = set()
        self._closed = False

    @property
    def api(self) -> Client:
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
        if self._closed:
            raise SandboxError("The sandbox has been closed.")
        with engine_errors():
            created = self.api.create_container(**self._create_arguments(spec))
        container = DockerContainer(self.api, created["Id"], spec, on_end=self._live.discard)
        with contextlib.ExitStack() as on_failure:
            on_failure.push(container)
            self._keep(container)
            container.attach_and_start()
            on_failure.pop_all()
        return container

    def _keep(self, container: DockerContainer) -> None:
        """Remember a container: either `close` finds it, or it finds here that all is closed."""
        with self._lock:
            self._live.add(container)
            if self._closed:
                raise SandboxError("The sandbox has been closed.")

    def close(self) -> None:
        """End every container started here; start no more."""
        with self._lock:
            self._closed = True
            live = tuple(self._live)
        for container in live:
            with contextlib.suppress(SandboxError):
                container.end()
        if self._client is not None:
            self._client.close()

    def remove_leftovers(self, *, everything: bool = False) -> int:
        """Remove containers of processes that are gone, or of all (``everything``)."""
        removed = 0
        with engine_errors():
            found = self.api.containers(all=True, filters={"label": Owner.LABEL})
        for entry in found:
            labels = entry.get("Labels") or {}
            if everything or Owner.is_gone(labels):
                with engine_errors(), gone_is_fine():
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

    def _writable_places(self, limits: Limits, uid: int) -> dict[str, str]:
        """Return the mount options of every place that one user alone may write to."""
        sizes = {"/work": (limits.disk_bytes, _INODES), "/tmp": (TMP_BYTES, 10_000)}  # noqa: S108
        common = "rw,exec,nosuid,nodev,mode=0700"
        if not self._is_podman():
            owner = f"uid={uid},gid={uid}"
            return {
                place: f"{common},size={size},nr_inodes={files},{owner}"
                for place, (size, files) in sizes.items()
            }
        # Podman takes neither owner nor inodes; files there count as memory, as everywhere. To a
        # root that is read-only it adds writable places of its own, unless they are taken.
        taken = dict.fromkeys(("/run", "/var/tmp"), "ro,nosuid,nodev,noexec,size=4096")  # noqa: S108
        return taken | {place: f"{common},size={size},U" for place, (size, _) in sizes.items()}

    def _seccomp(self, spec: ContainerSpec) -> str:
        """Return the profile itself; for Podman, which takes a path, the file it was written to."""
        profile = seccomp_json(spec.extra_syscalls)
        if not self._is_podman():
            return profile
        digest = seccomp_digest(spec.extra_syscalls).removeprefix("sha256:")
        file = cache_folder() / "seccomp" / f"{digest}.json"
        with complete(file) as written:
            written.write_text(profile, encoding="utf-8")
        return str(file)

    def _is_podman(self) -> bool:
        if self._podman is None:
            with engine_errors():
                parts = self.api.version().get("Components") or ()
            self._podman = any(part.get("Name") == "Podman Engine" for part in parts)
        return self._podman

    def _create_arguments(self, spec: ContainerSpec) -> dict[str, Any]:
        uid = self._uid()
        limits = spec.limits
        host_config = self.api.create_host_config(
            network_mode=_network_mode(spec),
            read_only=True,
            tmpfs=self._writable_places(limits, uid),
            cap_drop=["ALL"],
            security_opt=["no-new-privileges", f"seccomp={self._seccomp(spec)}"],
            mem_limit=limits.memory_bytes,
            memswap_limit=limits.memory_bytes,
            pids_limit=limits.pids,
            nano_cpus=int(limits.cpus * 1e9),
            shm_size=shm_bytes(limits),
            ipc_mode="private",
            oom_score_adj=0 if spec.role in (Role.GRADE, Role.STUB) else 500,
            ulimits=[
                Ulimit(name="nofile", soft=OPEN_FILES, hard=OPEN_FILES),
                Ulimit(name="fsize", soft=limits.disk_bytes, hard=limits.disk_bytes),
                Ulimit(name="core", soft=0, hard=0),
            ],
            log_config=LogConfig(type="none"),
            runtime=self._runtime,
            # Without it the host's resolv.conf is copied in.
            dns=None if spec.join_network_of or spec.network else ["127.0.0.1"],
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


def shm_bytes(limits: Limits) -> int:
    """Return the size of ``/dev/shm``; what lies there counts as memory."""
    return min(SHM_BYTES, limits.memory_bytes // 2)


def _network_mode(spec: ContainerSpec) -> str:
    if spec.join_network_of:
        return f"container:{spec.join_network_of}"
    return spec.network or "none"
