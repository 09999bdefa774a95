"""The facts that the design rests on, measured on the engine at hand."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest
import requests

from graders.guests import PYTHON, agent_command
from graders.session import CandidateSession
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


def test_a_guest_that_answers_another_question_is_refused(
    docker_sandbox: DockerSandbox, candidate_image: str
) -> None:
    with CandidateSession(
        docker_sandbox, image=candidate_image, limits=LIMITS, input_bytes=0, run_id="facts"
    ) as one:
        one.container.send({"op": "status"})
        with pytest.raises(GuestProtocolError):
            one.collect([("out/x", 10)])
