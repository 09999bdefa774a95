"""The engine stops, comes back, is slow or does not answer: nobody's score, and nothing is left."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest
from boxes import Stopwatch, wait_until

from sandbox.docker_engine import DockerSandbox
from sandbox.errors import EngineUnavailableError
from sandbox.fake import FakeSandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from boxes import Box
    from engine_proxy import EngineProxy

ANSWER_S = 1
"""How long the engine may take to answer here; in earnest it is half a minute."""


@dataclass(frozen=True)
class Fragile:
    """A box whose engine a test can stop."""

    box: Box
    stop: Callable[[], None]
    go_on: Callable[[], None]


@pytest.fixture
def fragile(box: Box, request: pytest.FixtureRequest) -> Iterator[Fragile]:
    if isinstance(box.sandbox, FakeSandbox):
        fake = box.sandbox

        def stop() -> None:
            fake.engine.answers = False
            for container in tuple(fake._live):  # they do not outlive it
                os.kill(container.pid, signal.SIGKILL)
                container._process.wait()

        def go_on() -> None:
            fake.engine.answers = True

        yield Fragile(box, stop, go_on)
        go_on()
        return
    door: EngineProxy = request.getfixturevalue("door")
    with contextlib.closing(DockerSandbox(base_url=door.url)) as sandbox:
        yield Fragile(replace(box, sandbox=sandbox), door.stop, door.start)


def test_an_engine_that_is_gone_is_said_by_every_question(fragile: Fragile) -> None:
    sandbox = fragile.box.sandbox
    assert sandbox.info().version
    fragile.stop()
    for ask in (sandbox.info, fragile.box.start, sandbox.remove_leftovers):
        with pytest.raises(EngineUnavailableError, match="doctor"):
            ask()
    fragile.go_on()
    with fragile.box.start() as container:
        container.send({"op": "sync"})
        assert container.receive(timeout_s=20).header["t"] == "synced"


def test_whoever_waits_for_a_frame_is_told_that_it_was_the_engine(fragile: Fragile) -> None:
    container = fragile.box.start("time.sleep(60)")
    with Stopwatch(at_most_s=10), ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(container.receive, timeout_s=30)
        time.sleep(0.3)
        fragile.stop()
        assert isinstance(waiting.exception(), EngineUnavailableError)
    fragile.go_on()
    container.end()


def test_whoever_sends_is_told_that_it_was_the_engine(fragile: Fragile) -> None:
    container = fragile.box.start("time.sleep(60)")
    fragile.stop()
    with pytest.raises(EngineUnavailableError):
        for _ in range(100):
            container.send({}, b"x" * 1000, timeout_s=5)
    fragile.go_on()
    container.end()


def test_a_command_under_way_is_nobodys_score(fragile: Fragile) -> None:
    session = fragile.box.session()
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(fragile.box.run, session, "import time; time.sleep(60)")
        time.sleep(1)
        fragile.stop()
        assert isinstance(running.exception(), EngineUnavailableError)
    fragile.go_on()
    session.end()


def test_what_could_not_be_ended_is_ended_when_the_engine_is_back(fragile: Fragile) -> None:
    container = fragile.box.start("time.sleep(600)")
    fragile.stop()
    with pytest.raises(EngineUnavailableError):
        container.end()
    fragile.go_on()
    container.end()
    assert fragile.box.left() == []


def test_closing_without_an_engine_is_no_error(fragile: Fragile) -> None:
    fragile.box.start("time.sleep(600)")
    fragile.stop()
    fragile.box.sandbox.close()
    fragile.go_on()
    fragile.box.sandbox.close()  # what could not be ended then is ended now
    assert fragile.box.left() == []


@pytest.mark.engine_only(reason="the fake has no connection that could be slow")
def test_a_slow_engine_is_waited_for(box: Box, door: EngineProxy) -> None:
    door.delay_s = 0.3
    with contextlib.closing(DockerSandbox(base_url=door.url)) as sandbox:
        slow = replace(box, sandbox=sandbox)
        with slow.session() as session:
            assert slow.say(session, "print('slowly')") == "slowly"


@pytest.mark.engine_only(reason="the fake has no connection that could fall silent")
def test_an_engine_that_does_not_answer_is_given_up(box: Box, door: EngineProxy) -> None:
    with contextlib.closing(DockerSandbox(base_url=door.url)) as sandbox:
        container = replace(box, sandbox=sandbox).start("time.sleep(600)")
        sandbox.api.timeout = ANSWER_S
        door.hold()
        for ask in (sandbox.info, container.end):
            with Stopwatch(at_most_s=5 * ANSWER_S), pytest.raises(EngineUnavailableError):
                ask()
        door.flow()
    wait_until(lambda: box.left() == [])  # the close, or what was asked before and came late
