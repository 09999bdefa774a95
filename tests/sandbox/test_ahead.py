"""Containers that are started before they are asked for: each still has one user alone."""

from __future__ import annotations

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from owned import of_this_process

from graders.guests import agent_command
from graders.session import SUBMISSION, CandidateSession, rounded_up
from sandbox import ahead
from sandbox.ahead import AHEAD, AheadSandbox
from sandbox.docker_engine import DockerSandbox
from sandbox.errors import EngineUnavailableError
from sandbox.fake import FakeSandbox
from sandbox.model import MIB, ContainerSpec, Limits, Role

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def inner() -> FakeSandbox:
    return FakeSandbox()


@pytest.fixture
def sandbox(inner: FakeSandbox) -> Iterator[AheadSandbox]:
    with closing(AheadSandbox(inner)) as made:
        yield made


def spec(**changes: Any) -> ContainerSpec:
    facts: dict[str, Any] = {"role": Role.CANDIDATE, "image": "fake", "command": agent_command()}
    return ContainerSpec(**{**facts, **changes})


def waiting(sandbox: AheadSandbox, count: int = 1) -> tuple[str, ...]:
    """Return who waits, as soon as they are so many."""
    deadline = time.monotonic() + 10
    while len(sandbox.waiting) != count and time.monotonic() < deadline:
        time.sleep(0.01)
    assert len(sandbox.waiting) == count
    return sandbox.waiting


def test_the_next_one_of_a_kind_waits_already(sandbox: AheadSandbox) -> None:
    with sandbox.start(spec(run_id="one")) as first:
        (ready,) = waiting(sandbox)
        with sandbox.start(spec(run_id="two")) as second:
            assert second.id == ready != first.id
            second.send({"op": "sync"})
            assert second.receive(timeout_s=5).header["t"] == "synced"
        assert waiting(sandbox) != (ready,)


@pytest.mark.parametrize(
    "changes",
    [{"limits": Limits(pids=9)}, {"env": {"A": "b"}}, {"extra_syscalls": ("ptrace",)}],
    ids=lambda changes: next(iter(changes)),
)
def test_what_differs_at_all_is_another_kind(
    sandbox: AheadSandbox, changes: dict[str, Any]
) -> None:
    sandbox.start(spec())
    (ready,) = waiting(sandbox)
    assert sandbox.start(spec(**changes)).id != ready


def test_only_candidates_get_one_ahead(sandbox: AheadSandbox) -> None:
    for role in (Role.GRADE, Role.READER, Role.STUB):
        sandbox.start(spec(role=role))
    sandbox.start(spec(network="bridge"))
    time.sleep(0.2)
    assert sandbox.waiting == ()


def test_many_at_once_never_share(sandbox: AheadSandbox) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: sandbox.start(spec()).id, range(24)))
    assert len(set(found)) == 24


def test_one_that_ended_while_it_waited_is_replaced(
    sandbox: AheadSandbox, inner: FakeSandbox
) -> None:
    sandbox.start(spec())
    (ready,) = waiting(sandbox)
    (container,) = (one for one in inner._live if one.id == ready)
    os.kill(container.pid, signal.SIGKILL)
    with sandbox.start(spec()) as started:
        assert started.id != ready
        started.send({"op": "sync"})
        assert started.receive(timeout_s=5).header["t"] == "synced"


def test_none_waits_too_long_and_not_too_many(
    sandbox: AheadSandbox, inner: FakeSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ahead, "_MOST_WAITING", 2)
    kept = [sandbox.start(spec(env={"KIND": str(kind)})) for kind in range(3)]
    ready = waiting(sandbox, 2)
    deadline = time.monotonic() + 10
    while len(inner._live) > 5 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert len(inner._live) == 5
    monkeypatch.setattr(ahead, "_PATIENCE_S", 0.0)
    assert sandbox.start(spec(env={"KIND": "2"})).id not in {*ready, *(one.id for one in kept)}


def test_an_engine_that_is_down_is_said_by_the_next_start(
    sandbox: AheadSandbox, inner: FakeSandbox
) -> None:
    sandbox.start(spec())
    waiting(sandbox)
    inner.engine.answers = False
    sandbox.start(spec())  # it waited; the next one cannot be started ahead
    with pytest.raises(EngineUnavailableError):
        sandbox.start(spec())
    inner.engine.answers = True
    sandbox.start(spec())
    waiting(sandbox)


def test_nothing_is_left_after_the_close(inner: FakeSandbox) -> None:
    sandbox = AheadSandbox(inner)
    sandbox.start(spec())
    sandbox.close()
    assert inner._live == set()


def test_alike_is_within_an_eighth() -> None:
    for size in (0, 1, MIB, MIB + 1, 17 * MIB + 3, 100 * MIB, (1 << 33) + 5):
        assert size <= rounded_up(size) <= max(size * 9 / 8, size + MIB)
        assert rounded_up(size) % MIB == 0


@pytest.mark.docker
def test_a_real_one_is_as_fresh_as_any(docker_sandbox: DockerSandbox, candidate_image: str) -> None:
    inner = DockerSandbox()
    with closing(AheadSandbox(inner)) as sandbox:

        def session() -> CandidateSession:
            return CandidateSession(
                sandbox, image=candidate_image, limits=Limits(), input_bytes=0, run_id="ahead-test"
            )

        with session() as first:
            first.place(SUBMISSION, [("left.txt", b"here", False)])
            (ready,) = waiting(sandbox)
            with session() as second:
                assert second.container.id == ready
                (item,) = second.collect([("left.txt", 100)])
                assert item.state == "missing"
                facts = [inner.api.inspect_container(one.container.id) for one in (first, second)]
        runs = [one["Config"]["Labels"]["worksample.run"] for one in facts]
        assert runs == ["ahead-test", AHEAD]
        assert facts[0]["Config"]["User"] != facts[1]["Config"]["User"]
        for one in facts:
            for name in ("Labels", "User", "Hostname"):
                del one["Config"][name]
            one["HostConfig"]["Tmpfs"] = None  # names the user
        assert facts[0]["HostConfig"] == facts[1]["HostConfig"]
        assert facts[0]["Config"] == facts[1]["Config"]
    assert ready not in {one["Id"] for one in of_this_process(docker_sandbox)}
