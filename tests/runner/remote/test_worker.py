"""A worker whose engine is away holds on to its turn, and says so."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from runner.remote import worker
from runner.remote.order import Answer, Order, code

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

ORDER = Order(
    store="/nowhere", task="0" * 64, task_id="tiny", task_digest="sha256:0",
    candidate_image="sha256:c", grade_image="sha256:g", runtime=None, most_uses=7,
)  # fmt: skip


def test_a_worker_without_an_engine_waits_for_it_before_it_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    monkeypatch.setattr(worker, "ENGINE_WAIT_S", 1.5)
    started = time.monotonic()
    answer = Answer.model_validate_json(worker.carry_out(code(), ORDER.model_dump_json()))
    assert time.monotonic() - started >= 1.5
    assert (answer.fault, answer.result) == ("EngineUnavailableError", "")
    assert answer.words == "its socket does not exist"


def test_a_look_does_not_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    started = time.monotonic()
    answer = Answer.model_validate_json(worker.look(code(), None))
    assert time.monotonic() - started < 1.0
    assert answer.fault == "EngineUnavailableError"


def test_a_bug_comes_back_with_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "_open", lambda *_: 1 / 0)
    answer = Answer.model_validate_json(worker.carry_out(code(), ORDER.model_dump_json()))
    assert answer.fault == "bug"
    assert "ZeroDivisionError" in answer.words
