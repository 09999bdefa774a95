"""Looks whether it slept."""

import pytest


@pytest.mark.check("slept", criterion="correctness", points=1)
def test_slept(deliverables, runs) -> None:
    """The run took as long as it says."""
    assert runs["public"].wall_time_s >= float(deliverables.text("public", "out/seconds.txt"))
