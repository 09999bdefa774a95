"""From start to end: who may end, how it is told, what happens when things go away."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from boxes import IGNORES_SIGNALS, Stopwatch

from graders.evidence import ExitKind
from sandbox.errors import GuestGoneError, GuestTimeoutError, ImageError, SandboxError
from sandbox.model import MIB

if TYPE_CHECKING:
    from boxes import Box

    from sandbox.base import Container
    from sandbox.model import EndState

QUICK_S = 5.0
"""No end takes longer, whatever the guest does."""


def test_the_engine_says_who_it_is(box: Box) -> None:
    info = box.sandbox.info()
    assert info.version
    assert info.cpus >= 1


def test_each_container_has_an_id_of_its_own(box: Box) -> None:
    containers = [box.start("time.sleep(60)") for _ in range(3)]
    assert len({container.id for container in containers}) == 3
    for container in containers:
        container.end()


def test_an_unknown_image_names_the_remedy(box: Box) -> None:
    with pytest.raises(ImageError, match="worksample images build"):
        box.start(image="worksample/nothing:here")


@pytest.mark.parametrize(
    "command",
    [("/no/such/program",), ("/etc/passwd",), ("/bin/echo", "x" * 200_000)],
    ids=["missing", "not-executable", "argument-too-long"],
)
def test_what_cannot_be_started_is_refused_and_leaves_nothing(
    box: Box, command: tuple[str, ...]
) -> None:
    # Some engines notice only once the start is done.
    with pytest.raises(SandboxError), box.start(command=command) as container:
        container.receive(timeout_s=20)
    assert box.left() == []


def test_the_exit_code_of_a_guest_that_ends_is_shown(box: Box) -> None:
    with box.start("sys.exit(3)") as container:
        with pytest.raises(GuestGoneError):
            container.receive(timeout_s=20)
        assert container.end().exit_code == 3
        assert not container.end().out_of_memory


def test_ending_twice_says_the_same(box: Box) -> None:
    container = box.start("time.sleep(60)")
    assert container.end() == container.end()


def test_ending_from_several_threads_says_the_same(box: Box) -> None:
    container = box.start("time.sleep(60)")
    with ThreadPoolExecutor(4) as pool:
        states: list[EndState] = [one.result() for one in [pool.submit(container.end)] * 4]
    assert len(set(states)) == 1


def test_an_ended_container_takes_and_gives_nothing(box: Box) -> None:
    container = box.start("time.sleep(60)")
    container.end()
    with pytest.raises(GuestGoneError):
        container.send({"op": "sync"})
    with pytest.raises(GuestGoneError):
        container.receive(timeout_s=20)


def test_what_came_before_the_end_can_still_be_taken(box: Box) -> None:
    container = box.start("write({'n': 1}); write({'n': 2}); time.sleep(60)")
    assert container.receive(timeout_s=20).header == {"n": 1}
    time.sleep(0.3)
    container.end()
    assert container.receive(timeout_s=20).header == {"n": 2}
    with pytest.raises(GuestGoneError):
        container.receive(timeout_s=20)


def test_an_end_wakes_whoever_waits(box: Box) -> None:
    container = box.start("time.sleep(60)")
    with Stopwatch(at_most_s=QUICK_S), ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(container.receive, timeout_s=30)
        time.sleep(0.3)
        container.end()
        assert isinstance(waiting.exception(), SandboxError)


@pytest.mark.parametrize(
    "code",
    [
        "\nwhile True: os.write(1, b'x' * 65536)",
        "\nwhile True: os.write(2, b'x' * 65536)",
        "\nwhile True: write({'n': 1}, b'x' * 1000)",
        "os.close(0); os.close(1); os.close(2); time.sleep(60)",
        IGNORES_SIGNALS,
        "\nwhile os.fork(): os.wait()\ntime.sleep(60)",
    ],
    ids=[
        "floods-stdout", "floods-stderr", "floods-frames", "closes-its-stdio", "ignores-signals",
        "has-a-child",
    ],
)  # fmt: skip
def test_a_guest_is_ended_quickly_whatever_it_does(box: Box, code: str) -> None:
    container = box.start(code)
    time.sleep(0.7)
    with Stopwatch(at_most_s=QUICK_S):
        container.end()


def test_a_guest_whose_input_is_stuck_is_ended_quickly(box: Box) -> None:
    container = box.start("time.sleep(600)")
    with pytest.raises(GuestTimeoutError):
        container.send({}, b"x" * 64 * MIB, timeout_s=0.5)
    with Stopwatch(at_most_s=QUICK_S):
        container.end()


def test_a_guest_is_ended_quickly_under_a_sender(box: Box) -> None:
    container = box.start("time.sleep(600)")
    with Stopwatch(at_most_s=QUICK_S), ThreadPoolExecutor(1) as pool:
        sending = pool.submit(container.send, {}, b"x" * 64 * MIB, timeout_s=60)
        time.sleep(0.5)
        container.end()
        assert isinstance(sending.exception(), SandboxError)


def test_leaving_the_block_keeps_the_first_error(box: Box) -> None:
    with pytest.raises(ZeroDivisionError), box.start("time.sleep(60)") as container:
        raise ZeroDivisionError
    with pytest.raises(GuestGoneError):
        container.send({})


def test_closing_ends_everything_and_starts_no_more(box: Box) -> None:
    containers = [box.start("time.sleep(60)") for _ in range(2)]
    with ThreadPoolExecutor(2) as pool:
        waiting = [pool.submit(one.receive, timeout_s=30) for one in containers]
        time.sleep(0.3)
        box.sandbox.close()
        assert all(isinstance(one.exception(), SandboxError) for one in waiting)
    assert box.left() == []
    with pytest.raises(SandboxError, match="closed"):
        box.start()
    box.sandbox.close()


def test_a_container_may_be_ended_after_the_close(box: Box) -> None:
    with box.start("time.sleep(60)") as container:
        box.sandbox.close()
    assert container.end() == container.end()


def test_starts_during_a_close_leave_nothing(box: Box) -> None:
    def start() -> Container | None:
        try:
            return box.start("time.sleep(60)")
        except SandboxError:
            return None

    with ThreadPoolExecutor(4) as pool:
        started = [pool.submit(start) for _ in range(4)]
        time.sleep(0.1)
        box.sandbox.close()
        found = [one.result() for one in started]
    assert box.left() == []
    for container in filter(None, found):
        with pytest.raises(SandboxError):
            container.receive(timeout_s=20)


def test_several_at_once_stay_apart(box: Box) -> None:
    def echo(number: int) -> bool:
        with box.start("\nwhile True: write(*read())") as container:
            for round_ in range(20):
                container.send({"round": round_}, str(number).encode() * 10_000)
                answer = container.receive(timeout_s=20)
                if answer.body != str(number).encode() * 10_000:
                    return False
        return True

    with ThreadPoolExecutor(6) as pool:
        assert all(pool.map(echo, range(6)))


def test_files_of_one_are_not_in_the_other(box: Box) -> None:
    with box.start() as first, box.start() as second:
        first.send({"op": "put", "path": "submission/who"}, b"first")
        for container, state in ((first, "ok"), (second, "missing")):
            container.send({"op": "collect", "files": [{"path": "submission/who", "max_bytes": 9}]})
            assert container.receive(timeout_s=20).header["state"] == state


def test_the_end_of_one_does_not_disturb_the_other(box: Box) -> None:
    with box.start("\nwhile True: write(*read())") as stays:
        for _ in range(2):
            with box.start("\nwhile True: os.write(1, b'x' * 65536)"):
                time.sleep(0.2)
            stays.send({"still": "here"})
            assert stays.receive(timeout_s=20).header == {"still": "here"}


def test_a_container_killed_from_outside_is_gone(box: Box) -> None:
    with box.start("write({}); time.sleep(60)") as container:
        container.receive(timeout_s=20)
        box.kill_from_outside(container)
        with pytest.raises(GuestGoneError):
            container.receive(timeout_s=20)


def test_a_command_killed_from_outside_is_nobodys_score(box: Box) -> None:
    with ThreadPoolExecutor(1) as pool, box.session() as session:
        running = pool.submit(box.run, session, "import time; time.sleep(60)")
        time.sleep(1)
        box.kill_from_outside(session.container)
        with pytest.raises(SandboxError, match="from outside"):
            running.result()


removal = pytest.mark.engine_only(reason="a process cannot be removed and still be asked for")


@removal
def test_a_container_removed_from_outside_is_told_from_one_that_ended(box: Box) -> None:
    container = box.start("time.sleep(60)")
    box.api.remove_container(container.id, force=True)
    for ask in (lambda: container.receive(timeout_s=20), container.end):
        with pytest.raises(SandboxError) as caught:
            ask()
        assert not isinstance(caught.value, GuestGoneError)  # nobody can say how it ended
    box.sandbox.close()


@removal
def test_a_command_removed_from_outside_is_nobodys_score(box: Box) -> None:
    with ThreadPoolExecutor(1) as pool:
        session = box.session()
        running = pool.submit(box.run, session, "import time; time.sleep(60)")
        time.sleep(1)
        box.api.remove_container(session.container.id, force=True)
        assert isinstance(running.exception(), SandboxError)


def test_a_guest_that_ends_at_once_is_told(box: Box) -> None:
    with box.start("os._exit(0)") as container, pytest.raises(GuestGoneError):
        container.receive(timeout_s=20)


def test_many_commands_one_after_the_other(box: Box) -> None:
    with box.session() as session:
        kinds = [box.run(session, f"raise SystemExit({n})") for n in range(10)]
    assert [one.exit_code for one in kinds] == list(range(10))
    assert {one.exit_kind for one in kinds} == {ExitKind.EXITED}
