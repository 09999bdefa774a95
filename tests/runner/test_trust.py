"""An engine is tried once a boot, and refused if a canary does not get its word."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from graders.canaries import CANARIES, Sung
from runner import trust
from runner.exit_codes import ExitCode, exit_code_of
from sandbox.fake import FakeSandbox

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.docker_engine import DockerSandbox


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKSAMPLE_CACHE", str(tmp_path / "cache"))


def test_an_engine_with_an_odd_canary_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    canary = CANARIES[1]
    sung = Sung(canary=canary, kind=canary.kind, says="not capped", words="exited; not capped")
    monkeypatch.setattr(trust, "sing", lambda *_: (sung,))  # the real ones need real walls
    fake = FakeSandbox()
    for _ in range(2):  # a refusal is not remembered as a pass
        with pytest.raises(trust.UntrustedEngineError, match="a fork bomb: exited; not capped"):
            trust.ensure_trusted(fake, fake.info(), image="fake", runtime=None, progress=print)
    fake.close()
    error = trust.UntrustedEngineError("odd")
    assert exit_code_of(error) is ExitCode.SANDBOX_UNAVAILABLE


@pytest.mark.docker
def test_an_engine_is_tried_once(docker_sandbox: DockerSandbox, candidate_image: str) -> None:
    said: list[str] = []
    engine = docker_sandbox.info()
    for _ in range(2):
        trust.ensure_trusted(
            docker_sandbox, engine, image=candidate_image, runtime=None, progress=said.append
        )
    assert len(said) == 1
    other = replace(engine, version="0.1")
    assert trust.fingerprint(other, "a", None) != trust.fingerprint(engine, "a", None)
