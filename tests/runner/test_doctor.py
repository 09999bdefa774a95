"""What ``doctor`` finds and mends, on machines that are made up, and on this one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from s3_server import BUCKET, S3Server

from graders.canaries import CANARIES, Sung
from runner.doctor import Finding, LocalEngine, State, diagnose, fix
from runner.machine import Machine
from runner.records import Home
from sandbox.errors import EngineUnavailableError, SandboxError
from sandbox.images import ImageRef, MissingImage
from sandbox.model import EngineInfo
from sandbox.probe import ProbeResult, broken_walls

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from postgres_server import PostgresServer

    from sandbox.docker_engine import DockerSandbox

GIB = 1 << 30
NO_SOCKET = "its socket does not exist"


@dataclass
class FakeMachine(Machine):
    """A machine of the test's making; ``engine`` starts when Docker is started."""

    programs: set[str] = field(default_factory=set)
    root: bool = True
    sudo: bool = False
    systemd: bool = False
    variables: dict[str, str] = field(default_factory=dict)
    free: int = 100 * GIB
    can_write: bool = True
    clock: float = 1_800_000_000.0
    version: tuple[int, int, int] = (3, 11, 2)
    installs: bool = True
    engine: FakeEngine | None = None
    ran: list[str] = field(default_factory=list)

    @property
    def python(self) -> tuple[int, int, int]:
        return self.version

    @property
    def is_root(self) -> bool:
        return self.root

    @property
    def runs_systemd(self) -> bool:
        return self.systemd

    def variable(self, name: str) -> str:
        return self.variables.get(name, "")

    def which(self, name: str) -> str | None:
        return f"/usr/sbin/{name}" if name in self.programs else None

    def run(self, command: Sequence[str], *, timeout_s: float) -> tuple[bool, str]:
        line = " ".join(command)
        if line == "sudo -n true":
            return self.sudo, ""
        self.ran.append(line)
        if "apt-get install" in line:
            if not self.installs:
                return False, "E: no such package"
            if "docker.io" in line:
                self.programs.add("dockerd")
        if "systemctl start" in line and self.engine:
            self.engine.silent = ""
        return True, ""

    def start_in_background(self, command: Sequence[str], log: Path) -> bool:
        self.ran.append(f"{' '.join(command)} &")
        if self.engine:
            self.engine.silent = ""
        return True

    def free_bytes(self, path: Path) -> int:
        return self.free

    def writable(self, path: Path) -> bool:
        return self.can_write

    def now(self) -> float:
        return self.clock

    def sleep(self, seconds: float) -> None:
        return None


class FakeEngine(LocalEngine):
    """An engine of the test's making."""

    def __init__(
        self,
        *,
        silent: str = "",
        built: bool = True,
        registry: bool = False,
        broken: tuple[str, ...] = (),
        skew_s: float = 0.0,
        versions: dict[str, str] | None = None,
        odd_canary: bool = False,
    ) -> None:
        self.odd_canary = odd_canary
        self.silent = silent
        self.built = built
        self.registry = registry
        self.result: ProbeResult | SandboxError = ProbeResult(broken=broken, clock_skew_s=skew_s)
        self.parts = versions or {"Engine": "30.1.0", "runc": "1.4.0"}

    def check(self) -> None:
        self.info()

    def info(self) -> EngineInfo:
        if self.silent:
            raise EngineUnavailableError(self.silent)
        return EngineInfo(
            name="here",
            version="30.1.0",
            api_version="1.50",
            runtimes=("runc", "runsc"),
            default_runtime="runc",
            cgroup_version="2",
            security_options=(),
            cpus=2,
            memory_bytes=8 * GIB,
            warnings=("WARNING: No swap limit support", "WARNING: something else"),
        )

    def versions(self) -> dict[str, str]:
        return self.parts

    def images(self) -> tuple[ImageRef | MissingImage, ...]:
        if not self.built:
            return (MissingImage(name="python-data"), MissingImage(name="grade"))
        return tuple(
            ImageRef(
                name=n, id="sha256:1", tag="t", lock_digest="", base="debian:trixie", size_bytes=1
            )
            for n in ("python-data", "grade")
        )

    def registry_answers(self) -> bool:
        return self.registry

    def close(self) -> None:
        return None

    def sing(self, image: str) -> tuple[Sung, ...]:
        canary = CANARIES[0]
        says = "46" if self.odd_canary else canary.says
        return (Sung(canary=canary, kind=canary.kind, says=says, words=f"exited; {says}"),)

    def probe(self, image: str) -> ProbeResult:
        if isinstance(self.result, SandboxError):
            raise self.result
        return self.result


def _find(
    name: str, machine: FakeMachine | None = None, engine: FakeEngine | None = None
) -> Finding:
    findings = diagnose(machine=machine or FakeMachine(), engine=engine or FakeEngine())
    return next(finding for finding in findings if finding.name == name)


def test_good_machine_has_no_problem() -> None:
    findings = diagnose(machine=FakeMachine(), engine=FakeEngine())
    assert {f.name for f in findings if f.state is not State.OK} == {"limits"}
    assert all(f.remedy == "" for f in findings if f.state is State.OK)


@pytest.mark.parametrize(
    ("name", "machine", "state"),
    [
        ("python", FakeMachine(version=(3, 10, 9)), State.PROBLEM),
        ("clock", FakeMachine(clock=0.0), State.PROBLEM),
        ("records", FakeMachine(can_write=False), State.PROBLEM),
        ("cache", FakeMachine(free=GIB), State.WARNING),
        ("engine address", FakeMachine(variables={"DOCKER_HOST": "tcp://far:1"}), State.PROBLEM),
    ],
)
def test_machine_faults_are_found(name: str, machine: FakeMachine, state: State) -> None:
    finding = _find(name, machine)
    assert finding.state is state
    assert finding.remedy


def test_silent_engine_is_a_problem_with_its_reason() -> None:
    finding = _find("engine", engine=FakeEngine(silent=NO_SOCKET))
    assert finding.state is State.PROBLEM
    assert NO_SOCKET in finding.text
    assert "doctor --fix" in finding.remedy


@pytest.mark.parametrize(
    ("runc", "warned"), [("1.1.5+ds1", True), ("1.3.3", False), ("v1.4.0-rc.3", False), ("", False)]
)
def test_old_versions_only_warn(runc: str, warned: bool) -> None:
    engine = FakeEngine(versions={"Engine": "30.0.0", "runc": runc})
    findings = diagnose(machine=FakeMachine(), engine=engine)
    states = [f.state for f in findings if f.name == "runc version"]
    assert states == [State.WARNING] * warned


def test_missing_images_ask_for_a_base() -> None:
    engine = FakeEngine(built=False)
    assert _find("images", engine=engine).state is State.WARNING
    assert _find("base", engine=engine).state is State.PROBLEM
    assert _find("base", FakeMachine(programs={"mmdebstrap"}), engine).state is State.OK
    assert _find("base", engine=FakeEngine(built=False, registry=True)).state is State.OK


def test_broken_walls_are_a_problem() -> None:
    finding = _find("isolation", engine=FakeEngine(broken=("it has a network",)))
    assert (finding.state, finding.text) == (State.PROBLEM, "it has a network")


def test_an_odd_canary_is_a_problem() -> None:
    finding = _find("canaries", engine=FakeEngine(odd_canary=True))
    assert finding.state is State.PROBLEM
    assert "an honest sum (exited; 46)" in finding.text


def test_failing_probe_is_a_problem() -> None:
    engine = FakeEngine()
    engine.result = SandboxError("The engine refused: no")
    assert _find("isolation", engine=engine).state is State.PROBLEM


def test_engine_clock_that_is_off_warns() -> None:
    assert _find("engine clock", engine=FakeEngine(skew_s=90.0)).state is State.WARNING


def test_fix_does_nothing_where_all_is_well() -> None:
    machine = FakeMachine(programs={"mmdebstrap"})
    assert fix(lambda _: None, machine=machine, engine=FakeEngine()) == ()
    assert machine.ran == []


def test_fix_installs_and_starts_docker_without_systemd() -> None:
    engine = FakeEngine(silent=NO_SOCKET, built=False)
    machine = FakeMachine(programs={"apt-get"}, engine=engine)
    assert fix(lambda _: None, machine=machine, engine=engine) == ()
    install = "env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends"
    assert machine.ran == [
        "apt-get update",
        f"{install} docker.io",
        "/usr/sbin/dockerd &",
        f"{install} mmdebstrap debian-archive-keyring",
    ]


def test_fix_starts_docker_by_systemd_with_sudo() -> None:
    engine = FakeEngine(silent=NO_SOCKET)
    machine = FakeMachine(
        programs={"dockerd", "sudo", "mmdebstrap"},
        root=False,
        sudo=True,
        systemd=True,
        engine=engine,
    )
    assert fix(lambda _: None, machine=machine, engine=engine) == ()
    assert machine.ran == ["sudo -n systemctl start docker"]


@pytest.mark.parametrize(
    ("machine", "reason", "step"),
    [
        (FakeMachine(programs={"apt-get"}, root=False), NO_SOCKET, "sudo apt-get install"),
        (FakeMachine(), NO_SOCKET, "install Docker Engine"),
        (FakeMachine(programs={"dockerd"}, root=False), NO_SOCKET, "start Docker as root"),
        (FakeMachine(programs={"dockerd"}), NO_SOCKET, "does not answer"),
        (FakeMachine(programs={"apt-get"}, installs=False), NO_SOCKET, "no such package"),
        (FakeMachine(root=False), "this user may not use its socket", "usermod -aG docker"),
        (FakeMachine(variables={"DOCKER_HOST": "ssh://far"}), "no", "DOCKER_HOST=ssh://far"),
    ],
)
def test_fix_leaves_exact_steps(machine: FakeMachine, reason: str, step: str) -> None:
    steps = fix(lambda _: None, machine=machine, engine=FakeEngine(silent=reason))
    assert len(steps) == 1
    assert step in steps[0]


def test_fix_leaves_the_base_to_a_registry() -> None:
    machine = FakeMachine(programs={"apt-get"})
    assert fix(lambda _: None, machine=machine, engine=FakeEngine(built=False, registry=True)) == ()
    assert machine.ran == []


def test_walls_that_hold_have_no_phrase() -> None:
    assert broken_walls(_GOOD) == ()


@pytest.mark.parametrize(
    ("change", "phrase"),
    [
        ({"uid": 0}, "it runs as root"),
        ({"interfaces": ["eth0", "lo"]}, "it has a network"),
        ({"root_writable": True}, "its root can be written"),
        ({"memory_bytes": "max"}, "its memory is not limited"),
        ({"pids": None}, "its processes are not limited"),
    ],
)
def test_each_broken_wall_has_a_phrase(change: dict[str, object], phrase: str) -> None:
    assert broken_walls({**_GOOD, **change}) == (phrase,)


@pytest.mark.parametrize(
    ("field_name", "value"),
    [("CapEff", "0000000000000400"), ("CapBnd", ""), ("NoNewPrivs", "0"), ("Seccomp", "0")],
)
def test_each_status_field_matters(field_name: str, value: str) -> None:
    status = {**_STATUS, field_name: value}
    assert len(broken_walls({**_GOOD, "status": status})) == 1


def test_answer_without_status_holds_nothing() -> None:
    assert len(broken_walls({})) == 9


@pytest.mark.docker
def test_this_machines_walls_hold(docker_sandbox: DockerSandbox, grade_image: str) -> None:
    findings = {finding.name: finding for finding in diagnose()}
    assert findings["isolation"].state is State.OK, findings["isolation"].text
    assert findings["engine"].state is State.OK


def test_machine_answers_for_itself(tmp_path: Path) -> None:
    machine = Machine()
    assert machine.run(["sh", "-c", "echo hello; exit 3"], timeout_s=10) == (False, "hello")
    assert machine.run([str(tmp_path / "none")], timeout_s=10)[0] is False
    assert machine.start_in_background([str(tmp_path / "none")], tmp_path / "log") is False
    assert machine.which("sh")
    assert machine.free_bytes(tmp_path / "not" / "there") > 0
    assert machine.writable(tmp_path / "not" / "there")


_STATUS = {"CapEff": "0" * 16, "CapBnd": "0" * 16, "NoNewPrivs": "1", "Seccomp": "2"}
_GOOD: dict[str, object] = {
    "uid": 20001,
    "status": _STATUS,
    "interfaces": ["lo"],
    "root_writable": False,
    "memory_bytes": str(128 << 20),
    "pids": "32",
}


def of_home(home: Home) -> dict[str, Finding]:
    findings = diagnose(machine=FakeMachine(), engine=FakeEngine(), home=home)
    return {one.name: one for one in findings if one.name in {"database", "file store"}}


def test_nothing_is_said_of_stores_that_nobody_named() -> None:
    assert of_home(Home()) == {}


def test_a_database_and_a_file_store_that_answer_are_said(
    postgres: PostgresServer, s3: S3Server, tmp_path: Path
) -> None:
    url, files = postgres.new_database(), f"s3://{BUCKET}/x"
    found = of_home(Home(folder=tmp_path, records=url, files=files))
    assert [one.state for one in found.values()] == [State.OK, State.OK]
    assert found["file store"].text == files
    assert found["database"].text.startswith("postgresql://loop:***@127.0.0.1")


def test_a_database_and_a_file_store_that_do_not_answer_are_problems(
    s3: S3Server, tmp_path: Path
) -> None:
    s3.stop()
    url = "postgresql://loop:hunter2@127.0.0.1:1/x"
    found = of_home(Home(folder=tmp_path, records=url, files=f"s3://{BUCKET}/x"))
    assert [one.state for one in found.values()] == [State.PROBLEM, State.PROBLEM]
    assert "refused" in found["database"].text
    assert "hunter2" not in found["database"].text
    assert "failed" in found["file store"].text
