"""What works on this machine, what does not, and what to do about it."""

from __future__ import annotations

import contextlib
import enum
import re
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy.exc import SQLAlchemyError

from graders.canaries import Sung, sing
from runner.errors import RecordsError
from runner.machine import Machine
from runner.mend import Mender
from runner.records import Home
from runner.records.database import server_clock
from runner.records.objects import Objects
from sandbox.base_image import DEBIAN, base_kinds
from sandbox.cache import cache_folder
from sandbox.docker_engine import DockerSandbox
from sandbox.docker_images import DockerImages
from sandbox.errors import EngineUnavailableError, SandboxError
from sandbox.images import ImageRef, Images, MissingImage
from sandbox.readback import read_back

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from sandbox.model import EngineInfo
    from sandbox.probe import ProbeResult

PYTHON_FLOOR: Final = (3, 11)
DISK_FLOOR_BYTES: Final = 4_000_000_000
"""Base, wheels and both images, with room for one rebuild."""
VERSION_FLOORS: Final = {"Engine": (29, 7, 0), "runc": (1, 3, 3)}
"""Below, upstream has known flaws that what runs inside could use; distributions backport."""
CLOCK_FLOOR: Final = datetime(2026, 1, 1, tzinfo=UTC)
_SKEW_S: Final = 5.0
_ENGINE_FOLDER: Final = Path("/var/lib/docker")


class State(enum.Enum):
    """How a finding stands."""

    OK = "ok"
    WARNING = "warning"
    """Grading works; a person should know."""
    PROBLEM = "problem"
    """Grading does not work, or must not be trusted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing looked at."""

    name: str
    state: State
    text: str
    remedy: str = ""


class LocalEngine:
    """The engine that the environment names; every method may raise ``SandboxError``."""

    def __init__(self) -> None:
        self._sandbox = DockerSandbox()

    def check(self) -> None:
        """Return if an engine answers, else raise."""
        self._sandbox.info()

    def info(self) -> EngineInfo:
        """Return the engine that answers."""
        return self._sandbox.info()

    def versions(self) -> Mapping[str, str]:
        """Return the versions of its parts."""
        return DockerImages(self._sandbox.api).versions()

    def images(self) -> tuple[ImageRef | MissingImage, ...]:
        """Return the images, built or not."""
        return Images(DockerImages(self._sandbox.api)).list()

    def registry_answers(self) -> bool:
        """Whether a registry has the official base."""
        return DockerImages(self._sandbox.api).registry_has(base_kinds()[0])

    def can_build(self) -> bool:
        """Whether images are there, or a base to build them on is."""
        built = all(isinstance(one, ImageRef) for one in self.images())
        return built or self.registry_answers()

    def probe(self, image: str) -> ProbeResult:
        """Start a container and read its walls and limits back, from both sides."""
        return read_back(self._sandbox, image)

    def sing(self, image: str) -> tuple[Sung, ...]:
        """Run programs that misbehave on purpose."""
        return sing(self._sandbox, image)

    def close(self) -> None:
        """Close the connection."""
        with contextlib.suppress(SandboxError):
            self._sandbox.close()
            self._sandbox.api.close()


def diagnose(
    *,
    machine: Machine | None = None,
    engine: LocalEngine | None = None,
    home: Home | None = None,
) -> tuple[Finding, ...]:
    """Look at everything.

    Nothing is changed but for one container that comes and goes, the tables of an empty database
    and an empty file in a file store.
    """
    machine, home = machine or Machine(), home or Home()
    with contextlib.closing(engine or LocalEngine()) as opened:
        return (*_of_machine(machine, home), *_of_home(home), *_of_engine(machine, opened))


def fix(
    progress: Callable[[str], None],
    *,
    machine: Machine | None = None,
    engine: LocalEngine | None = None,
) -> tuple[str, ...]:
    """Install and start what is missing where this user may; return what is left to do by hand."""
    with contextlib.closing(engine or LocalEngine()) as opened:
        return Mender(machine or Machine(), opened, progress).mend()


def _of_machine(machine: Machine, home: Home) -> Iterator[Finding]:
    found = ".".join(map(str, machine.python))
    yield _judge("python", machine.python >= PYTHON_FLOOR, found, "use Python 3.11 or newer")
    moment = datetime.fromtimestamp(machine.now(), tz=UTC)
    text = f"{moment:%Y-%m-%d %H:%M} UTC"
    yield _judge("clock", moment >= CLOCK_FLOOR, text, "set the clock; certificates need it")
    folder = home.folder
    yield _judge(
        "records", machine.writable(folder), f"{folder.absolute()}", "make the folder writable"
    )
    for name, folder in (("cache", cache_folder()), ("engine disk", _ENGINE_FOLDER)):
        free = machine.free_bytes(folder)
        text = f"{free / 1e9:.0f} GB free for {folder}"
        remedy = f"make room: {DISK_FLOOR_BYTES / 1e9:.0f} GB are needed to build the images"
        yield _judge(name, free >= DISK_FLOOR_BYTES, text, remedy, otherwise=State.WARNING)


def _of_home(home: Home) -> Iterator[Finding]:
    """Look at what is named by URL: the database, its clock, and the file store."""
    if home.records:
        try:
            skew_s = server_clock(home) - time.time()
            yield Finding(name="database", state=State.OK, text=str(home))
            if abs(skew_s) > _SKEW_S:
                text = f"the database's clock is {skew_s:+.0f} s off this machine's"
                remedy = "set both by NTP: leases are times"
                yield Finding(name="database clock", state=State.WARNING, text=text, remedy=remedy)
        except (RecordsError, SQLAlchemyError) as error:
            text, _, _ = str(error).partition("\n")
            remedy = "see docs/shared-records.md"
            yield Finding(name="database", state=State.PROBLEM, text=text, remedy=remedy)
    if home.files:
        try:
            store = Objects(home.files)
            store.get(store.put(b""))
            yield Finding(name="file store", state=State.OK, text=store.url)
        except RecordsError as error:
            remedy = "see docs/shared-records.md"
            yield Finding(name="file store", state=State.PROBLEM, text=str(error), remedy=remedy)


def _of_engine(machine: Machine, engine: LocalEngine) -> Iterator[Finding]:
    host = machine.variable("DOCKER_HOST")
    if host.startswith(("tcp://", "http://")) and not machine.variable("DOCKER_TLS_VERIFY"):
        remedy = "use a local socket, ssh:// or TLS: what goes over the wire are submissions"
        yield Finding(name="engine address", state=State.PROBLEM, text=host, remedy=remedy)
    try:
        info = engine.info()
    except EngineUnavailableError as error:
        remedy = "run `worksample doctor --fix`"
        text = f"no container engine answers: {error.reason}"
        yield Finding(name="engine", state=State.PROBLEM, text=text, remedy=remedy)
        return
    yield from _of_info(info)
    try:
        yield from _of_versions(engine.versions())
        yield from _of_images(machine, engine)
    except SandboxError as error:
        yield Finding(name="engine", state=State.PROBLEM, text=str(error))


def _of_info(info: EngineInfo) -> Iterator[Finding]:
    text = (
        f"{info.version}, API {info.api_version}, {info.cpus} CPUs, {info.memory_bytes >> 30} GiB"
    )
    yield Finding(name="engine", state=State.OK, text=text)
    v1 = info.cgroup_version == "1"
    yield Finding(
        name="cgroups",
        state=State.OK,
        text=f"version {info.cgroup_version or 'unknown'}" + (", memory peaks are exact" * v1),
    )
    others = [name for name in info.runtimes if name != info.default_runtime]
    text = f"{info.default_runtime}" + (f"; also {', '.join(others)}" if others else "")
    yield Finding(name="runtime", state=State.OK, text=text)
    for warning in info.warnings:
        matters = re.search(r"(memory|pids|cpu cfs|swap).*limit|limit.*support", warning.lower())
        if matters:
            yield Finding(
                name="limits", state=State.WARNING, text=warning.removeprefix("WARNING: ")
            )


def _of_versions(versions: Mapping[str, str]) -> Iterator[Finding]:
    for part, floor in VERSION_FLOORS.items():
        version = versions.get(part, "")
        numbers = tuple(map(int, re.findall(r"\d+", version)[:3]))
        if numbers and numbers < floor:
            wanted = ".".join(map(str, floor))
            yield Finding(
                name=f"{part.lower()} version",
                state=State.WARNING,
                text=f"{version}; upstream fixed flaws up to {wanted}, distributions backport",
                remedy="keep it updated; for strangers' submissions use a machine of its own",
            )


def _of_images(machine: Machine, engine: LocalEngine) -> Iterator[Finding]:
    built = [one for one in engine.images() if isinstance(one, ImageRef)]
    missing = [one.name for one in engine.images() if isinstance(one, MissingImage)]
    for ref in built:
        text = f"{ref.size_bytes / 1e6:.0f} MB on {ref.base}, {ref.id[:19]}"
        yield Finding(name=f"image {ref.name}", state=State.OK, text=text)
    if missing:
        text = f"{', '.join(missing)} not built"
        remedy = "run `worksample images build`; the first grading does so too"
        yield Finding(name="images", state=State.WARNING, text=text, remedy=remedy)
        yield _of_base(machine, engine)
    for ref in built:
        if ref.name == "python-data":
            yield from _of_walls(engine, ref.id)
            yield from _of_canaries(engine, ref.id)


def _of_base(machine: Machine, engine: LocalEngine) -> Finding:
    if engine.registry_answers():
        return Finding(name="base", state=State.OK, text=f"the registry has {base_kinds()[0]}")
    bootstraps = DEBIAN in base_kinds() and machine.which("mmdebstrap") is not None
    return _judge(
        "base",
        bootstraps,
        "no registry answers; " + ("mmdebstrap is there" if bootstraps else "no mmdebstrap either"),
        "run `worksample doctor --fix`, or name an image of your registry in WORKSAMPLE_BASE_IMAGE",
    )


def _of_walls(engine: LocalEngine, image: str) -> Iterator[Finding]:
    try:
        result = engine.probe(image)
    except SandboxError as error:
        text = f"a container could not be tried: {error}"
        yield Finding(name="isolation", state=State.PROBLEM, text=text)
        return
    held = (
        "no network, read-only root, no capabilities, no new privileges, seccomp, and every limit "
        "read back after the start"
    )
    yield _judge(
        "isolation",
        not result.broken,
        "; ".join(result.broken) or held,
        "do not run submissions on this engine: it does not enforce what it is asked for",
    )
    if abs(result.clock_skew_s) > _SKEW_S:
        text = f"the engine's clock is {result.clock_skew_s:+.0f} s off this machine's"
        yield Finding(name="engine clock", state=State.WARNING, text=text, remedy="set both by NTP")


def _of_canaries(engine: LocalEngine, image: str) -> Iterator[Finding]:
    try:
        sung = engine.sing(image)
    except SandboxError as error:
        text = f"a program could not be tried: {error}"
        yield Finding(name="canaries", state=State.PROBLEM, text=text)
        return
    odd = [f"{one.canary.name} ({one.words})" for one in sung if not one.as_expected]
    yield _judge(
        "canaries",
        not odd,
        "; ".join(odd) or f"{len(sung)} programs that misbehave on purpose each got their word",
        "do not run submissions on this engine; `worksample grade` refuses to",
    )


def _judge(
    name: str, good: bool, text: str, remedy: str, *, otherwise: State = State.PROBLEM
) -> Finding:
    if good:
        return Finding(name=name, state=State.OK, text=text)
    return Finding(name=name, state=otherwise, text=text, remedy=remedy)
