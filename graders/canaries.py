"""Small programs that misbehave on purpose: an engine is trusted once each got its word on it.

They run as any submission does. Whatever one of them shows that is not expected here means that
this engine does not hold what it was asked for, and nobody's work may be judged on it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from graders.evidence import ExitKind
from graders.guests import PYTHON
from graders.session import CandidateSession, Command
from sandbox.model import MIB, Limits

if TYPE_CHECKING:
    from graders.session import CommandResult
    from sandbox.base import Sandbox

_LIMITS: Final = Limits(
    memory_bytes=96 * MIB, pids=40, disk_bytes=8 * MIB, output_bytes=100_000, cpus=1.0
)
_RUN_S: Final = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Canary:
    """One program and what must come of it."""

    name: str
    code: str
    kind: ExitKind = ExitKind.EXITED
    says: str = ""
    """What it prints, exactly."""
    wall_time_s: float = _RUN_S


CANARIES: Final = (
    Canary(name="an honest sum", code="print(sum(range(10)))", says="45"),
    Canary(
        name="a fork bomb",
        says="capped",
        code="""
import os, time
children = []
try:
    for _ in range(200):
        pid = os.fork()
        if pid == 0:
            time.sleep(60)
        children.append(pid)
    print("not capped")
except OSError:
    print("capped")
""",
    ),
    Canary(
        name="a way out to the network",
        says="none",
        code="""
import socket
found = []
for address in ("192.0.2.1", "169.254.169.254", "172.17.0.1"):
    with socket.socket() as probe:
        probe.settimeout(2)
        try:
            probe.connect((address, 80))
            found.append(address)
        except ConnectionRefusedError:
            found.append(address)
        except OSError as error:
            if "unreachable" not in str(error).lower():
                found.append(address + ": " + str(error))
try:
    found.append(socket.gethostbyname("example.invalid."))
except OSError:
    pass
print(found or "none")
""",
    ),
    Canary(
        name="rights of root",
        says="none",
        code="""
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
got = []
if libc.setuid(0) == 0: got.append("setuid")
if libc.unshare(0x10000000) == 0: got.append("user namespace")
if libc.mount(b"none", b"/tmp", b"tmpfs", 0, None) == 0: got.append("mount")
for name in ("/root-write", "/proc/sys/kernel/hostname", "/sys/kernel/x"):
    try:
        open(name, "w").write("x")
        got.append(name)
    except OSError:
        pass
if os.path.exists("/var/run/docker.sock"): got.append("socket of the engine")
print(got or "none")
""",
    ),
    Canary(
        name="the guest's memory and signals",
        says="none",
        code="""
import os, signal
got = []
for name in ("/proc/1/mem", "/proc/1/environ", "/proc/1/fd/0"):
    try:
        open(name, "rb").read(1)
        got.append(name)
    except OSError:
        pass
os.kill(1, signal.SIGKILL); os.kill(1, signal.SIGSTOP)
print(got or "none")
""",
    ),
    Canary(
        name="a full disk", kind=ExitKind.DISK_FULL, code="open('big','wb').write(bytes(12 << 20))"
    ),
    Canary(name="endless output", kind=ExitKind.OUTPUT_LIMIT, code="while True: print('x' * 1000)"),
    Canary(
        name="an endless loop that ignores signals",
        kind=ExitKind.TIMED_OUT,
        wall_time_s=1.5,
        code="import signal\nsignal.signal(15, signal.SIG_IGN)\nwhile True: pass",
    ),
    Canary(
        name="too much memory",
        kind=ExitKind.OUT_OF_MEMORY,
        code="x = [bytearray(10**6) for _ in range(1000)]",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sung:
    """How a canary fared."""

    canary: Canary
    kind: ExitKind
    says: str
    words: str

    @property
    def as_expected(self) -> bool:
        """Whether it got its word, and said what it must."""
        return self.kind is self.canary.kind and (
            not self.canary.says or self.says == self.canary.says
        )


def sing(sandbox: Sandbox, image: str, canaries: tuple[Canary, ...] = CANARIES) -> tuple[Sung, ...]:
    """Run every canary, each as a submission would run.

    Raises:
        SandboxError: a container could not be started, or ended from outside.
    """
    found: list[Sung] = []
    session: CandidateSession | None = None
    try:
        for canary in canaries:
            if session is None or session.ended:
                session = CandidateSession(
                    sandbox, image=image, limits=_LIMITS, input_bytes=0, run_id="canary"
                )
            found.append(_sing_one(session, canary))
    finally:
        if session is not None:
            session.end()
    return tuple(found)


def _sing_one(session: CandidateSession, canary: Canary) -> Sung:
    session.clear("submission")
    command = Command(argv=(PYTHON, "-I", "-c", canary.code), wall_time_s=canary.wall_time_s)
    result: CommandResult = session.run(command)
    says = result.stdout[:200].decode("utf-8", "replace").strip()
    error = result.stderr[-200:].decode("utf-8", "replace").strip()
    shown = says if canary.kind is ExitKind.EXITED else ""
    return Sung(
        canary=canary,
        kind=result.exit_kind,
        says=says,
        words=f"{result.exit_kind}; {shown or error or result.detail}",
    )
