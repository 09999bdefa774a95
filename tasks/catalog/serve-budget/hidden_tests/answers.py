"""What several checks need: sending rows, reading predictions, waiting until they are answered."""

import time
from collections.abc import Sequence

import numpy as np
from sklearn.metrics import roc_auc_score

BATCH_ROWS = 256
RANKED_BATCH_ROWS = 20
LEAST_RANKED_ROWS = 200
RANKING_S = 20
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


def ranking(service: object, rows: Sequence[dict], labels: np.ndarray) -> float:
    """Return the AUC on rows sent in small batches, as far as they are answered within 20 s.

    A batch without a 200 is left out: why it was refused is another check's matter. With fewer than
    200 rows left to rank, nothing can be told from chance.
    """
    scores, outcomes, started = [], [], time.monotonic()
    for start in range(0, len(rows), RANKED_BATCH_ROWS):
        if time.monotonic() - started > RANKING_S:
            break
        batch = rows[start : start + RANKED_BATCH_ROWS]
        response = service.post("/predict", json={"rows": list(batch)})
        if response.status == 200:
            scores.append(read_predictions(response, len(batch), "Hidden rows"))
            outcomes.append(labels[start : start + len(batch)])
    if sum(map(len, outcomes)) < LEAST_RANKED_ROWS:
        return 0.5
    return float(roc_auc_score(np.concatenate(outcomes), np.concatenate(scores)))


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
