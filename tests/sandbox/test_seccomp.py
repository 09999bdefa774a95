"""The calls that a container may make: the lists, and what becomes of calls on a real engine."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import syscall_probe

from graders.session import CandidateSession, Command
from sandbox.docker_engine import DockerSandbox
from sandbox.model import MIB, ContainerSpec, Limits, Role
from sandbox.seccomp import ADDABLE, ALLOWED, seccomp_digest, seccomp_json, seccomp_profile
from tasks import syscalls

if TYPE_CHECKING:
    from collections.abc import Iterable

NUMBERS = {
    name: int(number)
    for number, name in (
        line.split()
        for line in (Path(syscall_probe.__file__).parent / "syscalls_x86_64.txt")
        .read_text()
        .splitlines()
    )
}
"""Every call of Linux 6.19 on x86_64."""
ORDINARY = frozenset(" ".join(ALLOWED.values()).split())
BY_ARGUMENT = frozenset({"clone", "socket", "socketpair", "mknod", "mknodat"})
UNFILTERED = frozenset({"uprobe", "uretprobe"})
"""The kernel lets these past filters; outside a probe of its own they fail or end the process."""
REFUSED = frozenset(NUMBERS) - ORDINARY - BY_ARGUMENT - UNFILTERED

DENIED = {"errno": "EPERM"}
TOO_NEW = {"errno": "ENOSYS"}
"""Answered to calls newer than all that the engine's runtime knows of the list."""
LIMITS = Limits(wall_time_s=60, memory_bytes=128 * MIB, pids=40, disk_bytes=MIB)
ENDLESS = frozenset({"exit", "exit_group", "rt_sigreturn", "fork", "vfork"})
"""Allowed, but not to be called with arguments that mean nothing."""

Answers = dict[str, dict[str, Any]]


def test_every_call_is_in_one_list() -> None:
    words = [name for group in ALLOWED.values() for name in group.split()]
    listed = [*words, *ADDABLE, *syscalls.REFUSED]
    assert sorted(listed) == sorted(NUMBERS)


def test_task_authors_are_told_what_the_sandbox_accepts() -> None:
    assert syscalls.ADDABLE == ADDABLE


def test_the_page_for_authors_lists_what_they_may_add() -> None:
    page = (Path(__file__).parents[2] / "docs" / "tasks.md").read_text()
    section = page.partition("### Calls of the kernel")[2].partition("## variant.py")[0]
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    assert sorted(" ".join(rows).replace("`", "").split()) == sorted(ADDABLE)


def test_what_the_profile_allows_is_what_the_lists_say() -> None:
    profile = seccomp_profile()
    allowed = {
        name
        for rule in profile["syscalls"]
        if rule["action"] == "SCMP_ACT_ALLOW"
        for name in rule["names"]
    }
    assert allowed == ORDINARY | BY_ARGUMENT
    free = [rule for rule in profile["syscalls"] if not rule["args"]]
    assert [sorted(rule["names"]) for rule in free] == [sorted(ORDINARY), ["clone3"]]
    assert profile["defaultAction"] == "SCMP_ACT_ERRNO"
    assert all(not arch["subArchitectures"] for arch in profile["archMap"])


def test_each_added_call_is_the_only_difference() -> None:
    for name in ADDABLE:
        first, *rest = seccomp_profile([name])["syscalls"]
        plain, *plain_rest = seccomp_profile()["syscalls"]
        assert set(first["names"]) - set(plain["names"]) == {name}
        assert rest == plain_rest


@pytest.mark.parametrize("name", ["mount", "ptrace", "io_uring_setup", "clone3", "socket", "read"])
def test_no_other_call_can_be_added(name: str) -> None:
    with pytest.raises(ValueError, match=name):
        seccomp_json(["mq_open", name])


def test_the_digest_is_of_the_calls_not_of_their_order() -> None:
    assert seccomp_digest(["mq_open", "splice"]) == seccomp_digest(["splice", "mq_open", "splice"])
    assert seccomp_digest() != seccomp_digest(["splice"]) != seccomp_digest(["tee"])


class OtherWalls(DockerSandbox):
    """Like any sandbox, but with other security options: what ours are compared with."""

    def __init__(self, *options: str) -> None:
        super().__init__()
        self._options = ["no-new-privileges", *options]

    def _create_arguments(self, spec: ContainerSpec) -> dict[str, Any]:
        arguments = super()._create_arguments(spec)
        arguments["host_config"]["SecurityOpt"] = self._options
        return arguments


class Prober:
    """Asks what gets through, once for each kind of wall."""

    def __init__(self, image: str) -> None:
        self._image = image
        self.ours = cache(lambda: self._ask(DockerSandbox()))
        self.default = cache(lambda: self._ask(OtherWalls()))
        self.none = cache(lambda: self._ask(OtherWalls("seccomp=unconfined")))

    def with_extra(self, *names: str) -> Answers:
        """Return what gets through where a task added calls."""
        return self._ask(DockerSandbox(), extra_syscalls=names, sweep=ADDABLE)

    def _ask(
        self,
        sandbox: DockerSandbox,
        *,
        extra_syscalls: tuple[str, ...] = (),
        sweep: Iterable[str] = frozenset(NUMBERS) - BY_ARGUMENT - ENDLESS,
    ) -> Answers:
        source = Path(syscall_probe.__file__).read_text()
        asked = json.dumps({"numbers": NUMBERS, "sweep": sorted(sweep), "cases": True})
        with CandidateSession(
            sandbox,
            image=self._image,
            limits=LIMITS,
            input_bytes=0,
            run_id="seccomp",
            extra_syscalls=extra_syscalls,
        ) as session:
            command = Command(argv=("python", "-c", source), wall_time_s=60, stdin=asked.encode())
            result = session.run(command)
        sandbox.close()
        assert result.exit_code == 0, (result.detail, result.stderr.decode())
        answers: Answers = json.loads(result.stdout)
        return answers


@pytest.fixture(scope="module")
def prober(docker_sandbox: DockerSandbox, candidate_image: str) -> Prober:
    if docker_sandbox.api.version()["Arch"] != "amd64":
        pytest.skip("the numbers of the calls are those of x86_64")
    return Prober(candidate_image)


@pytest.mark.docker
@pytest.mark.parametrize("case", syscall_probe.CASES)
def test_a_dangerous_call_is_denied(prober: Prober, case: str) -> None:
    wanted = {
        "clone3": [TOO_NEW],  # so that the C library takes clone
        "32 bits": [{"signal": "SIGSYS"}, {"signal": "SIGSEGV"}],  # the latter: no such ABI here
        "x32": [{"signal": "SIGSYS"}, TOO_NEW],
        "AF_NETLINK": [{"errno": "ENOTSUP"}],  # so that libzmq goes on
    }
    assert prober.ours()[case] in wanted.get(case, [DENIED])


@pytest.mark.docker
@pytest.mark.parametrize("case", syscall_probe.ORDINARY)
def test_an_ordinary_call_works(prober: Prober, case: str) -> None:
    assert prober.ours()[case] == {"errno": 0}


@pytest.mark.docker
def test_every_call_that_is_not_listed_is_denied(prober: Prober) -> None:
    answers = prober.ours()
    known = max(NUMBERS[name] for name in ORDINARY if answers.get(name, DENIED) != TOO_NEW)
    wrong = {
        name: answers[name]
        for name in REFUSED
        if answers[name] != (TOO_NEW if NUMBERS[name] > known or name == "clone3" else DENIED)
    }
    assert wrong == {}


@pytest.mark.docker
def test_every_call_that_is_listed_arrives(prober: Prober) -> None:
    """What a call with meaningless arguments is told is what a container without walls is told."""
    ours, none = prober.ours(), prober.none()
    older_runtimes_do_not_know = {"fchmodat2"}
    lost = {name for name in ORDINARY - ENDLESS if ours[name] != none[name]}
    assert lost <= older_runtimes_do_not_know


@pytest.mark.docker
def test_without_walls_the_probe_gets_through(prober: Prober) -> None:
    """That a call fails proves nothing by itself: the kernel refuses some of them anyway."""
    through = {case for case in syscall_probe.CASES if prober.none()[case] != DENIED}
    assert through >= {
        "AF_NETLINK", "AF_VSOCK", "AF_ALG", "ping", "multipath TCP", "SCTP", "io_uring_enter",
        "keyctl", "add_key", "request_key", "perf_event_open", "ptrace of oneself",
        "process_vm_readv", "process_vm_writev", "kcmp", "pidfd_getfd", "setns", "mount",
        "umount2", "mount_setattr", "chroot", "name_to_handle_at", "mq_open",
        "personality without randomisation", "personality as it is", "vmsplice",
    }  # fmt: skip


@pytest.mark.docker
def test_the_engines_own_profile_lets_more_through(prober: Prober) -> None:
    ours = {case for case in syscall_probe.CASES if "errno" in prober.ours()[case]}
    through = {case for case in ours if prober.default()[case] not in (DENIED, prober.ours()[case])}
    assert through >= {
        "AF_NETLINK", "ping", "multipath TCP", "SCTP", "ptrace of oneself", "mq_open",
        "personality as it is", "vmsplice",
    }  # fmt: skip


@pytest.mark.docker
def test_a_call_that_the_task_added_works_and_no_other(prober: Prober) -> None:
    answers = prober.with_extra("mq_open", "mq_unlink")
    assert answers["mq_open"] == {"errno": 0}
    changed = {
        name for name, answer in prober.ours().items() if answers.get(name, answer) != answer
    }
    assert changed == {"mq_open", "mq_unlink"}


@pytest.mark.docker
@pytest.mark.parametrize("role", Role)
def test_every_container_has_the_profile(
    docker_sandbox: DockerSandbox, candidate_image: str, role: Role
) -> None:
    command = ("/opt/venv/bin/python", "-c", "import time; time.sleep(60)")
    spec = ContainerSpec(role=role, image=candidate_image, command=command, limits=LIMITS)
    with docker_sandbox.start(spec) as container:
        host = docker_sandbox.api.inspect_container(container.id)["HostConfig"]
    assert host["SecurityOpt"] == ["no-new-privileges", f"seccomp={seccomp_json()}"]
