"""Every check begins with the recorded nights, and with the question whether they are an attempt."""

import pytest
from nights import ENOUGH, Story, right_at_first


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
    """Return the recorded nights, and insist on a quarter of the first night's scores: tables of zeros
    are on time and the same on a rerun, too."""

    def insist():
        found = told()
        share = right_at_first(found, truth)
        assert share >= ENOUGH, (
            f"Only {share:.0%} of the first night's scores are right, when every partition was whole and"
            " on time: there is nothing yet whose nights could be judged"
        )
        return found

    return insist
