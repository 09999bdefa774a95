"""A candidate container that fails at its start, or whose guest no longer answers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from graders import session as sessions
from graders.session import CandidateSession, SpoiledError
from sandbox.errors import GuestGoneError, GuestTimeoutError
from sandbox.fake import FakeContainer, FakeSandbox
from sandbox.model import EndState, Limits

if TYPE_CHECKING:
    from sandbox.model import ContainerSpec


class NoGuest(FakeSandbox):
    """Starts what has ended before anybody can say a word to it."""

    def start(self, spec: ContainerSpec) -> FakeContainer:
        container = super().start(replace(spec, command=("true",)))
        with pytest.raises(GuestGoneError):
            container.receive(timeout_s=20)
        return container


def open_session(sandbox: FakeSandbox) -> CandidateSession:
    return CandidateSession(sandbox, image="fake", limits=Limits(), input_bytes=0, run_id="")


def test_a_first_word_that_fails_ends_the_container_at_once() -> None:
    sandbox = NoGuest()
    with pytest.raises(GuestGoneError):
        open_session(sandbox)
    assert sandbox.remove_leftovers(everything=True) == 0
    sandbox.close()


def test_a_session_that_opens_stays() -> None:
    sandbox = FakeSandbox()
    with open_session(sandbox):
        assert sandbox.remove_leftovers(everything=True) == 1
    sandbox.close()


@pytest.fixture
def mute(monkeypatch: pytest.MonkeyPatch) -> CandidateSession:
    """Give a session whose guest reads and never answers."""
    monkeypatch.setattr(sessions, "GUEST_WAIT_S", 0.1)
    start = FakeSandbox.start
    command = ("sh", "-c", "cat >/dev/null")
    monkeypatch.setattr(
        FakeSandbox, "start", lambda self, spec: start(self, replace(spec, command=command))
    )
    return open_session(FakeSandbox())


def ran_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the engine say of every container that the kernel killed in it for memory."""
    end = FakeContainer.end
    monkeypatch.setattr(
        FakeContainer,
        "end",
        lambda self: EndState(out_of_memory=True, exit_code=end(self).exit_code),
    )


def test_a_mute_guest_is_the_machines_fault(mute: CandidateSession) -> None:
    with pytest.raises(GuestTimeoutError):
        mute.ask({"op": "spawn"})
    assert mute.ended


def test_a_guest_muted_by_the_candidates_memory_is_the_candidates(
    mute: CandidateSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran_out(monkeypatch)
    with pytest.raises(SpoiledError, match="memory"):
        mute.ask({"op": "spawn"})
    assert mute.ended


def test_before_the_candidates_code_has_run_memory_is_the_machines_fault(
    mute: CandidateSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran_out(monkeypatch)
    with pytest.raises(GuestTimeoutError):
        mute.sync()
