"""The hidden rows, as the checks use them."""

import json
from typing import NamedTuple

import numpy as np
import pytest


class Hidden(NamedTuple):
    """Rows from the same source as the history, which the candidate never saw."""

    schema: dict
    rows: list[dict]
    complete: list[dict]
    labels: np.ndarray

    @property
    def features(self) -> list[dict]:
        return self.schema["features"]


@pytest.fixture
def hidden(truth) -> Hidden:
    schema = json.loads((truth.public("public") / "schema.json").read_text(encoding="utf-8"))
    document = truth.json("public", "hidden_rows.json")
    complete = [row for row in document["rows"] if None not in row.values()]
    return Hidden(schema, document["rows"], complete, np.array(document["labels"]))
