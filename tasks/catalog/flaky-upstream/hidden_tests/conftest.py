"""What there must be before anything is judged."""

import numpy as np
import pytest
from flaky_evidence import answered_well, expected_of, read_scores, undisturbed


@pytest.fixture
def scores(deliverables, truth):
    """Return the scores of the run `fresh`."""
    return read_scores(deliverables, truth, "fresh")


@pytest.fixture
def log(upstream):
    """Return what the API saw of the run `fresh`."""
    return upstream("fresh").log


@pytest.fixture
def substance(scores, log, truth):
    """Insist on scores of served values, posted, before the way there is judged."""

    def insist():
        expected = expected_of(truth, "fresh")
        ids = [id_ for id_ in undisturbed(truth, "fresh") if scores[id_][1] == "live"]
        wanted = len(undisturbed(truth, "fresh")) / 2
        assert len(ids) >= wanted, f"Only {len(ids)} accounts of undisturbed pages are live."
        found = [scores[id_][0] for id_ in ids]
        alike = max(correlation(found, [expected[id_][r] for id_ in ids]) for r in ("live", "live_raw"))
        assert alike >= 0.5, f"The scores have little to do with the values (correlation {alike:.2f})."
        posted = answered_well(log)
        assert len(posted) >= len(expected) / 2, f"Only {len(posted)} of {len(expected)} are posted."

    return insist


def correlation(found, wanted):
    """Return Pearson's correlation; 0 where one side does not vary."""
    if np.std(found) < 1e-9 or np.std(wanted) < 1e-9:
        return 0.0
    return float(np.corrcoef(found, wanted)[0, 1])
