"""The hidden rows, as the checks use them, and what there must be before operation is judged."""

import json
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pytest
from answers import ranking, settle
from reference_model import reference_auc

LEAST_GAIN = 0.25  # of what the reference ranks better than chance
RANKED_ROWS = 1000


class Hidden(NamedTuple):
    """Rows from the same source as the history, which the candidate never saw."""

    schema: dict
    rows: list[dict]
    complete: list[dict]
    labels: np.ndarray

    @property
    def features(self) -> list[dict]:
        return self.schema["features"]


@pytest.fixture(scope="session")
def hidden(truth) -> Hidden:
    schema = json.loads((truth.public("public") / "schema.json").read_text(encoding="utf-8"))
    document = truth.json("public", "hidden_rows.json")
    complete = [row for row in document["rows"] if None not in row.values()]
    return Hidden(schema, document["rows"], complete, np.array(document["labels"]))


@pytest.fixture(scope="session")
def reference(truth, hidden) -> float:
    """The AUC on the hidden rows of a plain boosted model, fitted on the same history."""
    return reference_auc(truth.public("public") / "train.csv", hidden.schema, hidden.rows, hidden.labels)


@pytest.fixture(scope="session")
def measured() -> dict[str, float]:
    """What is measured once, for all checks judge one service."""
    return {}


@pytest.fixture
def substance(service, hidden, reference, measured) -> Callable[[], None]:
    """Insist on a model: how numbers that say nothing about the rows are served is no operation of one."""

    def insist() -> None:
        if "auc" not in measured:
            settle(service, hidden.complete[0])
            measured["auc"] = ranking(service, hidden.rows[:RANKED_ROWS], hidden.labels)
        least = 0.5 + LEAST_GAIN * (reference - 0.5)
        assert measured["auc"] >= least, (
            f"The answers rank {RANKED_ROWS} hidden rows hardly better than chance (AUC {measured['auc']:.3f}, "
            f"{least:.3f} needed): there is no model whose operation could be judged."
        )

    return insist
