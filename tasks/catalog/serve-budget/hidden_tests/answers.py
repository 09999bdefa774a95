"""What several checks need: sending rows, reading predictions, waiting until they are answered."""

import time
from collections.abc import Sequence

import numpy as np

BATCH_ROWS = 256
SETTLE_S = 40
ANSWER_S = 30


def predict(service: object, rows: Sequence[dict], what: str) -> np.ndarray:
    """Return the predictions for the rows; anything but a well-formed answer fails the check."""
    response = service.post("/predict", json={"rows": list(rows)}, timeout_s=ANSWER_S)
    assert response.status == 200, f"{what}: {len(rows)} valid rows were answered with {describe(response)}."
    return read_predictions(response, len(rows), what)


def predict_all(service: object, rows: Sequence[dict], what: str) -> np.ndarray:
    batches = [rows[start : start + BATCH_ROWS] for start in range(0, len(rows), BATCH_ROWS)]
    return np.concatenate([predict(service, batch, what) for batch in batches])


def read_predictions(response: object, count: int, what: str) -> np.ndarray:
    document = response.json()
    values = document.get("predictions") if isinstance(document, dict) else None
    assert isinstance(values, list), f'{what}: the answer is not {{"predictions": [...]}}.'
    assert len(values) == count, f"{what}: {len(values)} predictions for {count} rows."
    proper = all(type(value) in (int, float) and 0.0 <= value <= 1.0 for value in values)
    assert proper, f"{what}: a prediction is not a number from 0 to 1."
    return np.array(values, dtype=float)


def settle(service: object, row: dict) -> None:
    """Wait until the service is ready and answers a valid row, so that a check judges one thing only.

    A service that reports ready too early fails `ready-means-ready`, not every check that comes first.
    """
    service.wait_ready()
    deadline = time.monotonic() + SETTLE_S
    while service.post("/predict", json={"rows": [row]}).status != 200 and time.monotonic() < deadline:
        time.sleep(0.05)


def describe(response: object) -> str:
    """Return the status, or why there is none."""
    return f"status {response.status}" if response.status else f"no answer ({response.error})"
