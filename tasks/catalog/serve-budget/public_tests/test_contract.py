"""The plain contract of the service, and its latency; the hidden tests go further on both."""

import json
import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from conftest import MODEL, Client
from reference_latency import reference_seconds

CLIENTS = 4
REQUESTS = 40
ROWS = 64
ROUNDS = 5
FACTOR = 25.0


def test_artefact_within_budget():
    size = Path(MODEL).stat().st_size
    assert 0 < size <= 20 * 1024 * 1024, f"{MODEL} has {size} bytes"


def test_one_prediction_per_row(client, rows):
    predictions = client.predict(rows)
    assert len(predictions) == len(rows)
    assert all(0.0 <= value <= 1.0 for value in predictions)


def test_batch_equals_singles(client, rows):
    batch = client.predict(rows)
    singles = [client.predict([row])[0] for row in rows]
    assert np.allclose(batch, singles, rtol=0, atol=1e-6)


def test_largest_batch_and_one_more(client, rows):
    many = [rows[index % len(rows)] for index in range(257)]
    assert len(client.predict(many[:256])) == 256
    assert client.post(json.dumps({"rows": many}).encode())[0] == 413


@pytest.mark.parametrize("kind", ["missing", "extra", "string", "nan", "empty batch", "no json"])
def test_invalid_request_gets_422(client, rows, features, kind):
    row = dict(rows[0])
    number = next(feature["name"] for feature in features if feature["type"] == "number")
    match kind:
        case "missing":
            del row[number]
        case "extra":
            row["not_in_schema"] = 1
        case "string":
            row[number] = "12.5"
        case "nan":
            row[number] = float("nan")  # json.dumps writes the literal NaN
    body = json.dumps({"rows": [] if kind == "empty batch" else [row]}).encode()
    status, answer = client.post(body[:-1] if kind == "no json" else body)
    assert status == 422, f"{kind}: status {status}, {answer[:200]!r}"


def test_latency_ratio(port, rows):
    """Print and check your p95 as a multiple of the minimal handler's (run pytest with -s to see it)."""
    batch = {"rows": [rows[index % len(rows)] for index in range(ROWS)]}
    payloads = [batch] * REQUESTS
    _service_seconds(port, payloads[:CLIENTS])
    ratios = []
    for _ in range(ROUNDS):
        reference = np.quantile(reference_seconds(payloads, CLIENTS), 0.95)
        p95 = np.quantile(_service_seconds(port, payloads), 0.95)
        ratios.append(p95 / reference)
        print(f"p95 {1000 * p95:.1f} ms, reference {1000 * reference:.1f} ms, on {os.cpu_count()} CPUs")
    ratio = float(np.median(ratios))
    assert ratio <= FACTOR, f"p95 is {ratio:.1f} times the minimal handler's, {FACTOR:.0f} times is allowed"


def _service_seconds(port: int, payloads: list[dict]) -> np.ndarray:
    def drive(share: list[dict]) -> list[float]:
        client, seconds = Client(port), []
        for payload in share:
            started = time.perf_counter()
            client.predict(payload["rows"])
            seconds.append(time.perf_counter() - started)
        client.http.close()
        return seconds

    with ThreadPoolExecutor(CLIENTS) as pool:
        shares = [payloads[start::CLIENTS] for start in range(CLIENTS)]
        return np.concatenate(list(pool.map(drive, shares)))
