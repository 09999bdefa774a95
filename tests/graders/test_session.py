"""A candidate container that fails at its start is ended then, not at the close of the sandbox."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from graders.session import CandidateSession
from sandbox.errors import GuestGoneError
from sandbox.fake import FakeSandbox
from sandbox.model import Limits

if TYPE_CHECKING:
    from sandbox.fake import FakeContainer
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
