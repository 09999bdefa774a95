"""What a candidate's code leaves in its container is its own outcome, never the machine's."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from graders.evidence import ExitKind
from graders.guests import PYTHON
from graders.session import CandidateSession, Command, SpoiledError
from sandbox.errors import SandboxError
from sandbox.model import MIB, Limits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sandbox.docker_engine import DockerSandbox

pytestmark = pytest.mark.docker

LIMITS = Limits(memory_bytes=96 * MIB, pids=32, disk_bytes=4 * MIB, wall_time_s=20)
FILL_DISK = """
try:
    with open("fill", "wb", buffering=0) as file:
        while True: file.write(bytes(1 << 16))
except OSError: pass
"""
TAKE_THREADS = """
import threading, time
while True:
    try: threading.Thread(target=time.sleep, args=(3600,)).start()
    except RuntimeError: print("no more", flush=True); time.sleep(3600)
"""
LEAVE_MEMORY = """
import pathlib
def used():
    for name in ("memory/memory.usage_in_bytes", "memory.current"):
        path = pathlib.Path("/sys/fs/cgroup", name)
        if path.exists(): return int(path.read_text())
places = ["/dev/shm", "/tmp"]
for number in range(128):
    if used() > 94 << 20:
        break
    try:
        pathlib.Path(places[0], f"left{number}").write_bytes(bytes(1 << 20))
    except OSError:  # full
        del places[0]
"""


@pytest.fixture
def session(docker_sandbox: DockerSandbox, candidate_image: str) -> Iterator[CandidateSession]:
    with CandidateSession(
        docker_sandbox, image=candidate_image, limits=LIMITS, input_bytes=0, run_id="spoiled"
    ) as session:
        session.sync()
        yield session


def python(code: str) -> Command:
    return Command(argv=(PYTHON, "-c", code), wall_time_s=20)


def spawn(session: CandidateSession, code: str) -> None:
    request = {"op": "spawn", "argv": [PYTHON, "-c", code], "cwd": "submission"}
    assert session.ask(request).header["ok"] is True


def wait_for(session: CandidateSession, text: bytes) -> None:
    deadline = time.monotonic() + 20
    while text not in session.ask({"op": "status"}).body:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_service_that_takes_every_thread_lets_no_command_start(session: CandidateSession) -> None:
    spawn(session, TAKE_THREADS)
    wait_for(session, b"no more")
    result = session.run(python("print(1)"))
    assert (result.exit_kind, result.exit_code) == (ExitKind.EXITED, 127)
    assert session.ask({"op": "kill"}).header["t"] == "killed"
    assert session.run(python("print(2)")).stdout == b"2\n"


def test_memory_that_belongs_to_no_process_ends_the_container(session: CandidateSession) -> None:
    assert session.run(python(LEAVE_MEMORY)).exit_code == 0
    with pytest.raises(SpoiledError, match="bytes of memory"):
        session.place("submission", [("x", bytes(4 * MIB + MIB // 2), False)])
    assert session.out_of_memory


def test_a_full_disk_takes_no_more_files(session: CandidateSession) -> None:
    session.run(python(FILL_DISK))
    with pytest.raises(SpoiledError, match="could no longer take submission/x: No space"):
        session.place("submission", [("x", bytes(MIB), False)])


def test_before_the_candidates_code_a_full_disk_is_the_machines(session: CandidateSession) -> None:
    with pytest.raises(SandboxError, match="could not take submission/x"):
        session.place("submission", [("x", bytes(8 * MIB), False)])


@pytest.mark.parametrize(
    "make",
    [
        "open('/work/data', 'w')",
        "os.symlink('/work/submission', '/work/data')",
        "os.mkdir('/work/data')",
    ],
    ids=["file", "link", "folder"],
)
def test_data_goes_where_it_belongs(session: CandidateSession, make: str) -> None:
    session.place("submission", [("own.txt", b"own", False)])
    session.run(python(f"import os; os.rmdir('/work/data'); {make}"))
    session.replace_data({"numbers.json": b"[1]"})
    found = session.run(python("import os; print(os.listdir('/work/data'), os.listdir('.'))"))
    assert found.stdout == b"['numbers.json'] ['own.txt']\n"


def test_a_pipe_in_the_way_of_a_file_stops_nobody(session: CandidateSession) -> None:
    make = "import os; os.mkfifo('/work/.putting'); os.mkfifo('x')"
    session.run(python(make))
    session.place("submission", [("x", b"content", False)])
    assert session.collect([("x", 100)])[0].content == b"content"


def test_children_that_ended_were_not_left_running(session: CandidateSession) -> None:
    ended = "import os, time\nif not os.fork(): os._exit(0)\ntime.sleep(0.3)"
    assert session.run(python(ended)).leftover_processes == 0
    running = "import os, time\nif not os.fork(): time.sleep(60)"
    assert session.run(python(running)).leftover_processes == 1


def test_a_submission_may_have_what_the_run_makes_as_a_file(
    session: CandidateSession, submit: Callable[..., str]
) -> None:
    session.place("submission", [("out", b"no folder", False)])
    session.clear("submission/out")
    session.sync()
    assert session.run(python("import os; print(os.listdir('out'))")).stdout == b"[]\n"
