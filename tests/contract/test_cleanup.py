"""Labels, and who removes what: nothing of the dead stays, nothing of the living goes.

Others at work on the same engine may be removing the same container at that moment: ours then is
no error, and it is gone a moment later. Hence ``wait_until`` behind ``remove_leftovers``.
"""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from boxes import Box, processes_with, wait_until

from sandbox.docker_engine import DockerSandbox
from sandbox.errors import SandboxError
from sandbox.fake import FakeSandbox
from sandbox.model import Role
from sandbox.owner import Owner

if TYPE_CHECKING:
    from collections.abc import Iterator

labels = pytest.mark.engine_only(reason="a process has no labels and leaves none behind it")

LEAVER = """
import sys, time
from sandbox.docker_engine import DockerSandbox
from sandbox.model import ContainerSpec, Role
url, image, run_id, mark = sys.argv[1:]
sandbox = DockerSandbox(base_url=url)
for role in (Role.CANDIDATE, Role.GRADE):
    guest = ("/opt/venv/bin/python", "-c", "import time; time.sleep(600)", mark)
    spec = ContainerSpec(role=role, image=image, command=guest, run_id=run_id)
    print(sandbox.start(spec).id, flush=True)
time.sleep(600)
"""


@contextlib.contextmanager
def owned_by(box: Box, **changes: object) -> Iterator[None]:
    """Start containers of the box with other words on their label, and clear up after them."""
    sandbox = box.sandbox
    assert isinstance(sandbox, DockerSandbox)
    kept = sandbox._owner
    sandbox._owner = replace(kept, **changes)  # type: ignore[arg-type]
    yield
    sandbox._owner = kept


def abandon(box: Box, **more: Any) -> None:
    """Start what anybody may remove at once; again, if somebody did before it had started."""
    for attempt in range(5):
        try:
            box.start("time.sleep(60)", **more)
        except SandboxError:
            if attempt == 4:
                raise
        else:
            return


@labels
@pytest.mark.parametrize("role", list(Role))
def test_labels_say_whose_a_container_is_and_how_long(box: Box, role: Role) -> None:
    with box.start("time.sleep(60)", role=role, lifetime_s=500) as container:
        found = box.api.inspect_container(container.id)["Config"]["Labels"]
    assert found["worksample.role"] == role.value
    assert found["worksample.run"] == box.run_id
    assert found[Owner.LABEL] == Owner.of_this_process().value
    assert 480 < int(found[Owner.DEADLINE]) - time.time() <= 500


@labels
def test_an_ended_container_leaves_neither_itself_nor_a_process_nor_a_volume(box: Box) -> None:
    volumes = {one["Name"] for one in box.api.volumes()["Volumes"] or ()}
    mark = f"mark-{uuid.uuid4().hex}"
    code = """
import subprocess, sys
subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)', sys.argv[1]],
                 start_new_session=True)
import time; time.sleep(0.5)
"""
    with box.session() as session:
        argv = [box.python, "-c", code + "time.sleep(600)", mark]
        session.ask({"op": "spawn", "argv": argv, "cwd": "submission"})
        wait_until(lambda: len(processes_with(mark)) == 2)
    assert box.left() == []
    assert processes_with(mark) == []
    assert {one["Name"] for one in box.api.volumes()["Volumes"] or ()} <= volumes


@labels
def test_leftovers_of_a_killed_process_go_and_those_of_a_live_one_stay(box: Box) -> None:
    mark = f"mark-{uuid.uuid4().hex}"
    words = [f"unix://{box.socket}", box.image, box.run_id, mark]
    with subprocess.Popen(
        [sys.executable, "-c", LEAVER, *words], stdout=subprocess.PIPE, text=True
    ) as leaver:
        assert leaver.stdout is not None
        started = {leaver.stdout.readline().strip() for _ in range(2)}
        box.sandbox.remove_leftovers()
        assert set(box.left()) == started  # it lives
        leaver.send_signal(signal.SIGKILL)
        leaver.wait()
    assert set(box.left()) == started
    assert len(processes_with(mark)) == 2  # the engine does not care who is gone
    with contextlib.closing(box.another()) as later:
        later.remove_leftovers()
    wait_until(lambda: box.left() == [])
    wait_until(lambda: processes_with(mark) == [])


@labels
def test_a_container_past_its_deadline_goes_whoever_owns_it(box: Box) -> None:
    stays = box.start("time.sleep(60)", lifetime_s=500)
    abandon(box, lifetime_s=-5)
    with contextlib.closing(box.another()) as other:
        other.remove_leftovers()
    wait_until(lambda: box.left() == [stays.id])
    stays.end()


@labels
def test_a_later_process_with_the_same_number_does_not_keep_it(box: Box) -> None:
    with owned_by(box, started="1"):
        abandon(box)
    box.sandbox.remove_leftovers()
    wait_until(lambda: box.left() == [])


@labels
def test_of_another_machine_only_the_deadline_counts(box: Box) -> None:
    with owned_by(box, host="elsewhere", pid=2**22 + 1):
        stays = box.start("time.sleep(60)", lifetime_s=500)
        abandon(box, lifetime_s=-5)
    box.sandbox.remove_leftovers()
    wait_until(lambda: box.left() == [stays.id])
    stays.end()


@labels
def test_what_is_not_ours_is_left_alone(box: Box) -> None:
    made = box.api.create_container(box.image, command=["true"], labels={"other.owner": "1"})
    try:
        box.sandbox.remove_leftovers()
        assert box.api.inspect_container(made["Id"])
    finally:
        box.api.remove_container(made["Id"])


@labels
def test_two_may_clear_up_at_the_same_time(box: Box) -> None:
    with owned_by(box, started="1"):
        for _ in range(4):
            abandon(box)
    others = [box.another() for _ in range(3)]
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda other: other.remove_leftovers(), others))
    wait_until(lambda: box.left() == [])
    for other in others:
        other.close()


def test_everything_goes_when_told_so(box: Box) -> None:
    if box.name == "docker":
        pytest.skip("the engine of this machine may hold what others are at work on")
    for _ in range(3):
        box.start("time.sleep(60)")
    assert box.sandbox.remove_leftovers(everything=True) == 3
    assert box.sandbox.remove_leftovers(everything=True) == 0
    assert box.left() == []


def test_what_lives_here_is_no_leftover(box: Box) -> None:
    with box.start("\nwhile True: write(*read())") as container:
        box.sandbox.remove_leftovers()
        container.send({"still": "here"})
        assert container.receive(timeout_s=20).header == {"still": "here"}


def test_a_fake_leaves_no_folder_and_no_process() -> None:
    mark = f"mark-{uuid.uuid4().hex}"
    code = f"""
import subprocess
subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)', '{mark}'],
                 start_new_session=True)
write({{'root': os.getcwd()}})
time.sleep(60)
"""
    sandbox = FakeSandbox()
    container = Box(name="fake", sandbox=sandbox, image="fake", another=FakeSandbox).start(code)
    root = Path(str(container.receive(timeout_s=20).header["root"]))
    wait_until(lambda: processes_with(mark))
    sandbox.close()
    wait_until(lambda: not processes_with(mark))
    assert not root.exists()
