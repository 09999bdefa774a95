"""The recorded replays, each judged only if the monitor tells drift from quiet at all."""

from collections.abc import Callable

import pytest
from drift_evidence import Plan, Replay, expect_substance

ALERTS = "out/alerts.json"


@pytest.fixture
def plans(truth) -> Callable[[str], Plan]:
    """Return what was planted in a scenario."""
    return lambda scenario: Plan(truth.json(scenario, "plan.json"))


@pytest.fixture
def replays(deliverables, plans) -> Callable[[str], Replay]:
    """Return the alerts of a run, after a look at whether there is something to be judged."""

    def replay(run: str) -> Replay:
        fresh = Replay(deliverables.json("fresh", ALERTS), plans("fresh"))
        expect_substance(fresh)
        if run == "fresh":
            return fresh
        return Replay(deliverables.json(run, ALERTS), plans("public" if run == "public" else "fresh"))

    return replay
