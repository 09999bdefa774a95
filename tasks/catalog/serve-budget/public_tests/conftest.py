"""Starts the service for the public tests; run them from the submission's root after training.

DATA_DIR is the folder of the data (default: data), MODEL the artefact (default: model/model.bin).
"""

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

DATA = Path(os.environ.get("DATA_DIR", "data"))
MODEL = os.environ.get("MODEL", "model/model.bin")
READY_S = 40.0
ANSWER_S = 30.0


class Client:
    """A client of the service with one connection."""

    def __init__(self, port: int) -> None:
        self.http = http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWER_S)

    def get(self, path: str) -> int:
        self.http.request("GET", path)
        response = self.http.getresponse()
        response.read()
        return response.status

    def post(self, body: bytes) -> tuple[int, bytes]:
        self.http.request("POST", "/predict", body, {"Content-Type": "application/json"})
        response = self.http.getresponse()
        return response.status, response.read()

    def predict(self, rows: list[dict]) -> list[float]:
        status, body = self.post(json.dumps({"rows": rows}).encode())
        assert status == 200, f"{len(rows)} valid rows were answered with {status}: {body[:300]!r}"
        return json.loads(body)["predictions"]


@pytest.fixture(scope="session")
def port() -> Iterator[int]:
    """Start the service on a free port and wait until it is ready."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number = probe.getsockname()[1]
    process = subprocess.Popen([sys.executable, "serve.py", "--model", MODEL, "--port", str(number)])
    try:
        _wait_ready(process, number)
        yield number
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def client(port: int) -> Iterator[Client]:
    client = Client(port)
    yield client
    client.http.close()


@pytest.fixture(scope="session")
def rows() -> list[dict]:
    """Three valid rows of your data, one with a gap."""
    return json.loads((DATA / "example_request.json").read_text(encoding="utf-8"))["rows"]


@pytest.fixture(scope="session")
def features() -> list[dict]:
    return json.loads((DATA / "schema.json").read_text(encoding="utf-8"))["features"]


def _wait_ready(process: subprocess.Popen, port: int) -> None:
    deadline = time.monotonic() + READY_S
    while time.monotonic() < deadline:
        assert process.poll() is None, f"serve.py ended with code {process.returncode}"
        try:
            if Client(port).get("/healthz") == 200:
                return
        except OSError:
            pass
        time.sleep(0.05)
    raise AssertionError(f"/healthz did not answer 200 within {READY_S:.0f} s")
