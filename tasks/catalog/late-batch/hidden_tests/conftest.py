"""Every check begins with the recorded nights, and with the question whether they are an attempt."""

import pytest
from nights import COMMON_SCALE, Story, correlation


@pytest.fixture(scope="session")
def told(deliverables):
    """Return the recorded nights, read once."""
    kept = []

    def read():
        if not kept:
            kept.append(Story(deliverables))
        return kept[0]

    return read


@pytest.fixture(scope="session")
def story(told, truth):
    """Return the recorded nights, and insist that their scores have something in common with the
    right ones: tables of zeros are on time, too."""

    def insist():
        found = told()
        common = correlation(found, truth)
        assert common >= COMMON_SCALE, (
            "The scores of plants that are always on time have hardly anything in common with the right"
            f" ones (correlation {common:.2f}): there is nothing yet whose nights could be judged"
        )
        return found

    return insist
