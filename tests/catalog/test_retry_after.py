"""What counts as sent before `Retry-After` was over in `flaky-upstream`, and what does not."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest
from inside_modules import load

if TYPE_CHECKING:
    from collections.abc import Callable

SILENCE_S = 0.35
Log = list[dict[str, Any]]


@pytest.fixture
def early_of(monkeypatch: pytest.MonkeyPatch) -> Callable[[Log], list[float]]:
    """Give what says how long after the 429 each request came that counts as too early."""
    monkeypatch.setattr(sys, "dont_write_bytecode", True)  # a task's folder holds its files alone
    load("graders/inside", "worksample_checks")
    module = load("tasks/catalog/flaky-upstream/hidden_tests", "flaky_evidence")
    return lambda log: [note["since_s"] for note in module.sent_before_retry_after(log)]


def throttle(page: str) -> dict[str, Any]:
    return {"note": {"what": "page", "id": page, "fault": "throttle"}}


def throttled(page: str, since_s: float) -> dict[str, Any]:
    left_s = SILENCE_S - since_s
    note = {"what": "page", "id": page, "fault": "throttled", "since_s": since_s, "left_s": left_s}
    return {"note": note}


def served(page: str) -> dict[str, Any]:
    return {"note": {"what": "page", "id": page, "fault": ""}}


@pytest.mark.parametrize(
    "log",
    [
        pytest.param([throttle("1"), served("1")], id="heeded"),
        pytest.param([throttle("1"), throttled("2", 0.01), throttled("3", 0.1)], id="on-their-way"),
        pytest.param([throttle("1"), throttled("1", SILENCE_S - 0.005)], id="a-tick-too-early"),
        pytest.param(
            [throttle("1"), throttled("2", 0.01), served("1"), throttle("3"), throttled("2", 0.01)],
            id="refused-in-another-silence",
        ),
    ],
)  # fmt: skip
def test_nobody_is_blamed_who_cannot_have_known(
    early_of: Callable[[Log], list[float]], log: Log
) -> None:
    assert early_of(log) == []


@pytest.mark.parametrize(
    ("log", "early"),
    [
        pytest.param([throttle("1"), throttled("1", 0.03)], [0.03], id="the-same-at-once"),
        pytest.param([throttle("1"), throttled("2", 0.01), throttled("2", 0.05)], [0.05],
                     id="what-was-on-its-way-again"),
        pytest.param([throttle("1"), throttled("2", 0.25)], [0.25], id="another-long-after"),
    ],
)  # fmt: skip
def test_who_must_have_known_is(
    early_of: Callable[[Log], list[float]], log: Log, early: list[float]
) -> None:
    assert early_of(log) == early
