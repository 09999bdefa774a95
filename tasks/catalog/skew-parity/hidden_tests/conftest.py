"""The online path from a distance, the hidden rows, and what there must be before it is judged."""

import functools
import json
from collections.abc import Callable

import numpy as np
import pytest
from comparing import TOLERANCE, gaps_of, numbers_of
from parity_bench import ParityBench

DATA = "/work/data"
CALL_S = 5.0
ALL_CALLS_S = 40.0
LEAST_CORRELATION = 0.5


class Online:
    """`online.score` of the candidate's."""

    def __init__(self, candidate) -> None:
        self._candidate = candidate

    def calls(self, requests: list[list[dict]], scenario: str = "fresh", model: str = "model.json") -> list:
        """Return one call for each request, whatever became of it."""
        score = self._candidate.function(
            "online:score", scenario=scenario, timeout_s=CALL_S, total_s=ALL_CALLS_S, allow_nan=True
        )
        return score.starmap([(rows, f"{DATA}/{model}") for rows in requests])

    def scores(self, requests: list[list[dict]], scenario: str = "fresh", model: str = "model.json") -> np.ndarray:
        """Return the scores of all rows, one request after the other; fails the check if there are none."""
        calls = self.calls(requests, scenario, model)
        found = [numbers_of(call.value, rows) for call, rows in zip(calls, requests, strict=True)]
        return np.concatenate(found)

    def singly(self, rows: list[dict], scenario: str = "fresh", model: str = "model.json") -> np.ndarray:
        return self.scores([[row] for row in rows], scenario, model)


@pytest.fixture
def online(candidate) -> Online:
    return Online(candidate)


@pytest.fixture(scope="session")
def hidden(truth) -> dict:
    """Sets of rows with the batch path's scores, each showing one difficulty."""
    return truth.json("fresh", "rows.json")


@pytest.fixture(scope="session")
def model(truth) -> dict:
    return json.loads((truth.public("fresh") / "model.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def incident(truth) -> dict:
    """What is true about the deployed path of the candidate's own delivery."""
    return truth.json("public", "incident.json")


@pytest.fixture(scope="session")
def plain_scores(candidate, hidden) -> Callable[[], np.ndarray]:
    """Ask once for the scores of all plain rows, in one request."""
    return functools.cache(lambda: Online(candidate).scores([hidden["plain"]["rows"]]))


@pytest.fixture
def substance(plain_scores, hidden) -> Callable[..., None]:
    """Insist that the online path scores parcels before anything about it is judged."""

    def insist(*, right: float = 0.0) -> None:
        found, due = plain_scores(), np.array(hidden["plain"]["scores"])
        correlation = float(np.corrcoef(found, due)[0, 1]) if np.ptp(found) > 0 else 0.0
        assert correlation >= LEAST_CORRELATION, (
            f"The online scores of {len(due)} plain rows have little to do with the batch scores (correlation "
            f"{correlation:.2f}, {LEAST_CORRELATION} needed): there is no online path that could be judged."
        )
        share = float((gaps_of(found, due) <= TOLERANCE).mean())
        assert share >= right, (
            f"Only {share:.0%} of {len(due)} plain rows are scored right online ({right:.0%} needed): a batch path "
            "that stayed as it was is no achievement beside an online path that does not agree with it."
        )

    return insist


@pytest.fixture(scope="session")
def bench(candidate) -> ParityBench:
    """The candidate's parity test beside online paths of ours."""
    return ParityBench(candidate)
