"""The facts that the design rests on, measured on the engine at hand."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
import requests

from graders.guests import PYTHON, agent_command
from graders.session import CandidateSession, Command
from sandbox.docker_engine import DockerSandbox
from sandbox.engine_api import API_TIMEOUT_S
from sandbox.errors import GuestProtocolError, SandboxError
from sandbox.model import MIB, ContainerSpec, Limits, Role
from sandbox.owner import Owner

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.docker

LIMITS = Limits(
    wall_time_s=20, memory_bytes=128 * MIB, pids=40, disk_bytes=16 * MIB, output_bytes=MIB
)


@pytest.fixture
def session(docker_sandbox: DockerSandbox, candidate_image: str) -> Iterator[CandidateSession]:
    with CandidateSession(
        docker_sandbox, image=candidate_image, limits=LIMITS, input_bytes=0, run_id="facts"
    ) as one:
        yield one


def run(session: CandidateSession, code: str) -> str:
    result = session.run(Command(argv=("python", "-c", code), wall_time_s=20))
    assert result.exit_code == 0, result.stderr.decode()
    return result.stdout.decode().strip()


def status_of(session: CandidateSession) -> dict[str, str]:
    lines = run(session, "print(open('/proc/self/status').read())").splitlines()
    return {key: value.strip() for key, _, value in (line.partition(":") for line in lines)}


def test_a_stalled_reader_hangs_the_kill_and_closing_the_connection_frees_it(
    docker_sandbox: DockerSandbox, candidate_image: str
) -> None:
    api = docker_sandbox.api
    flood = (PYTHON, "-c", "import os\nwhile True: os.write(1, b'x' * 65536)")
    spec = ContainerSpec(role=Role.CANDIDATE, image=candidate_image, command=flood, limits=LIMITS)
    created = api.create_container(**docker_sandbox._create_arguments(spec))["Id"]
    attached = api.attach_stdio(created)
    api.start(created)
    time.sleep(2)
    hanging: list[Exception] = []

    api.timeout = 3  # of the requests from here on

    def kill() -> None:
        try:
            api.kill(created)
        except requests.RequestException as error:
            hanging.append(error)

    thread = threading.Thread(target=kill)
    thread.start()
    thread.join()
    api.timeout = API_TIMEOUT_S
    attached.socket.shutdown(2)
    try:
        attached.response.close()
    except ValueError:
        pass
    attached.socket.close()
    started = time.monotonic()
    api.remove_container(created, force=True)
    assert time.monotonic() - started < 10
    if not hanging:
        pytest.skip("this engine kills a container whose reader stalls")


def test_there_is_no_network_but_loopback(session: CandidateSession) -> None:
    assert run(session, "import os; print(os.listdir('/sys/class/net'))") == "['lo']"
    code = (
        "import socket, time\n"
        "s = socket.socket(); t = time.time()\n"
        "print(s.connect_ex(('192.0.2.1', 80)), time.time() - t < 1)"
    )
    assert run(session, code) == "101 True"  # ENETUNREACH


def test_no_name_server_of_the_host_is_told(session: CandidateSession) -> None:
    words = run(session, "print(open('/etc/resolv.conf').read())").split()
    assert [words[at + 1] for at, word in enumerate(words) if word == "nameserver"] == ["127.0.0.1"]


def test_the_root_is_read_only_and_only_two_places_are_writable(session: CandidateSession) -> None:
    code = """
import os
for place in ('/', '/etc', '/opt/venv', '/var/tmp', '/usr/lib', '/work', '/tmp'):
    try:
        open(os.path.join(place, 'probe'), 'w').close(); print(place)
    except OSError: pass
"""
    assert run(session, code).split() == ["/work", "/tmp"]


def test_nothing_is_privileged(session: CandidateSession) -> None:
    status = status_of(session)
    assert int(status["CapEff"], 16) == int(status["CapBnd"], 16) == int(status["CapPrm"], 16) == 0
    assert (status["NoNewPrivs"], status["Seccomp"]) == ("1", "2")
    assert status["Uid"].split()[0] not in ("0", str(os.getuid()))


def test_the_limits_hold(session: CandidateSession) -> None:
    code = """
import json, os, resource
limit = lambda name: resource.getrlimit(getattr(resource, name))
print(json.dumps({
    'core': limit('RLIMIT_CORE'), 'nofile': limit('RLIMIT_NOFILE'),
    'fsize': limit('RLIMIT_FSIZE'),
    'disk': os.statvfs('/work').f_blocks * os.statvfs('/work').f_frsize,
}))
"""
    found: dict[str, Any] = json.loads(run(session, code))
    assert found["core"] == [0, 0]
    assert found["nofile"] == [1024, 1024]
    assert found["disk"] == found["fsize"][0] == 17 * MIB


def test_processes_are_limited(session: CandidateSession) -> None:
    code = """
import subprocess
found = []
try:
    while len(found) < 100: found.append(subprocess.Popen(['sleep', '30']))
except OSError as error: print(error.errno)
print(len(found) < 40)
"""
    assert run(session, code).split() == ["11", "True"]  # EAGAIN
    # A fork bomb leaves the guest in charge: the next command runs.
    assert run(session, "print('still here')") == "still here"


def test_a_sparse_file_is_limited(session: CandidateSession) -> None:
    code = """
import os
try: os.truncate(os.open('sparse', os.O_CREAT | os.O_WRONLY), 10 * 2**30)
except OSError as error: print(error.errno)
"""
    assert run(session, code) == "27"  # EFBIG


def test_the_guest_is_out_of_reach(session: CandidateSession) -> None:
    code = """
import os, signal
for name in ('fd', 'environ', 'mem', 'maps'):
    path = f'/proc/1/{name}'
    try: print(name, os.listdir(path) if name == 'fd' else open(path, 'rb').read(1))
    except OSError: pass
for number in (signal.SIGKILL, signal.SIGSTOP, signal.SIGTERM, signal.SIGINT):
    os.kill(1, number)
"""
    assert run(session, code) == ""
    assert run(session, "print('alive')") == "alive"


def test_the_first_to_die_for_memory_is_the_candidate(session: CandidateSession) -> None:
    assert run(session, "print(open('/proc/self/oom_score_adj').read())") == "1000"


def test_two_containers_have_different_users(
    docker_sandbox: DockerSandbox, candidate_image: str
) -> None:
    users = set()
    for _ in range(3):
        with CandidateSession(
            docker_sandbox, image=candidate_image, limits=LIMITS, input_bytes=0, run_id="facts"
        ) as one:
            users.add(run(one, "import os; print(os.getuid(), os.getgid())"))
    assert len(users) == 3


def test_what_was_created_is_what_was_asked_for(
    docker_sandbox: DockerSandbox, session: CandidateSession
) -> None:
    facts = docker_sandbox.api.inspect_container(session.container.id)
    host = facts["HostConfig"]
    assert host["Memory"] == host["MemorySwap"] == LIMITS.memory_bytes
    assert (host["PidsLimit"], host["NanoCpus"]) == (40, 10**9)
    assert host["LogConfig"]["Type"] == "none"
    assert (host["NetworkMode"], host["IpcMode"], host["PidMode"]) == ("none", "private", "")
    assert host["CapDrop"] == ["ALL"]
    assert not host["Privileged"]
    assert not host["Binds"]
    assert not facts["Mounts"]
    assert facts["Config"]["Labels"]["worksample.role"] == "candidate"
    assert Owner.LABEL in facts["Config"]["Labels"]


def test_after_the_end_nothing_is_left(docker_sandbox: DockerSandbox, candidate_image: str) -> None:
    with CandidateSession(
        docker_sandbox, image=candidate_image, limits=LIMITS, input_bytes=0, run_id="facts"
    ) as one:
        container = one.container.id
        run(one, "import subprocess; subprocess.Popen(['sleep', '1000'], start_new_session=True)")
    found = docker_sandbox.api.containers(all=True, filters={"id": container})
    assert found == []
    assert b"sleep\x001000\x00" not in b"".join(_command_lines())


def _command_lines() -> Iterator[bytes]:
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/cmdline", "rb") as file:
                    yield file.read() + b"\n"
            except OSError:
                continue


LEAVER = """
import os, sys, time
from graders.guests import agent_command
from sandbox.docker_engine import DockerSandbox
from sandbox.model import ContainerSpec, Role
spec = ContainerSpec(role=Role.CANDIDATE, image=sys.argv[1], command=agent_command())
print(DockerSandbox().start(spec).id, flush=True)
time.sleep(60)
"""


def test_leftovers_of_a_killed_process_are_removed_and_those_of_a_live_one_stay(
    docker_sandbox: DockerSandbox, candidate_image: str
) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", LEAVER, candidate_image], stdout=subprocess.PIPE, text=True
    ) as leaver:
        assert leaver.stdout is not None
        container = leaver.stdout.readline().strip()
        docker_sandbox.remove_leftovers()
        assert docker_sandbox.api.inspect_container(container)["State"]["Running"]
        leaver.send_signal(signal.SIGKILL)
        leaver.wait()
    assert docker_sandbox.remove_leftovers() >= 1
    assert docker_sandbox.api.containers(all=True, filters={"id": container}) == []


def test_an_unknown_runtime_is_refused_before_anything_starts(candidate_image: str) -> None:
    sandbox = DockerSandbox(runtime="no-such-runtime")
    spec = ContainerSpec(role=Role.CANDIDATE, image=candidate_image, command=agent_command())
    with pytest.raises(SandboxError, match="no-such-runtime"):
        sandbox.start(spec)
    sandbox.close()


def test_a_runtime_by_name_is_used(docker_sandbox: DockerSandbox, candidate_image: str) -> None:
    name = docker_sandbox.info().default_runtime
    sandbox = DockerSandbox(runtime=name)
    spec = ContainerSpec(role=Role.CANDIDATE, image=candidate_image, command=agent_command())
    with sandbox.start(spec) as container:
        facts = sandbox.api.inspect_container(container.id)
    assert facts["HostConfig"]["Runtime"] == name
    sandbox.close()


def test_two_containers_share_a_loopback_when_told_to(
    docker_sandbox: DockerSandbox, session: CandidateSession, grade_image: str
) -> None:
    serve = (
        "from http.server import HTTPServer, SimpleHTTPRequestHandler\n"
        "HTTPServer(('127.0.0.1', 8080), SimpleHTTPRequestHandler).serve_forever()"
    )
    session.ask({"op": "spawn", "argv": ["python", "-c", serve], "cwd": "submission"})
    spec = ContainerSpec(
        role=Role.GRADE,
        image=grade_image,
        command=agent_command(),
        join_network_of=session.container.id,
    )
    code = """
import os, time, urllib.request
for _ in range(100):
    try: print(urllib.request.urlopen('http://127.0.0.1:8080/').status); break
    except OSError: time.sleep(0.05)
print(os.listdir('/sys/class/net'), len([p for p in os.listdir('/proc') if p.isdigit()]))
"""
    with docker_sandbox.start(spec) as grade:
        grade.send({"op": "make_dirs", "paths": ["submission"]})
        grade.send(
            {"op": "run", "argv": ["python", "-c", code], "cwd": "submission", "output_bytes": 9999}
        )
        frame = grade.receive(timeout_s=20)
    assert frame.body.decode().split("\n")[0] == "200"
    assert "['lo'] 2" in frame.body.decode()  # the guest and this command: none of the candidate's


def test_a_guest_that_answers_another_question_is_refused(
    docker_sandbox: DockerSandbox, candidate_image: str
) -> None:
    with CandidateSession(
        docker_sandbox, image=candidate_image, limits=LIMITS, input_bytes=0, run_id="facts"
    ) as one:
        one.container.send({"op": "status"})
        with pytest.raises(GuestProtocolError):
            one.collect([("out/x", 10)])
