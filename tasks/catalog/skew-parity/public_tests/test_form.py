"""Form of what you hand in, on your own delivery. DATA_DIR is the folder of the delivery.

Run it in the submission's root: `python -m pytest public_tests`. It compares your batch path with the
one you were given, which stands beside this file; it says nothing about whether online is right.
"""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

DATA = Path(os.environ.get("DATA_DIR", "data")).resolve()
CAUSES = {
    "request_mean",
    "codes_refit",
    "weekday_zone",
    "log_twice",
    "clip_bounds",
    "feature_order",
    "rounding",
    "stale_lookup",
    "default_fill",
    "unread_form",
}


def run(*words: object) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, *map(str, words)], capture_output=True, text=True, timeout=60)


def batch(script: str, out: Path) -> dict[str, float]:
    done = run(script, "--model", DATA / "model.json", "--parcels", DATA / "parcels.csv", "--out", out)
    assert done.returncode == 0, done.stderr
    with out.open(encoding="utf-8", newline="") as handle:
        return {row["parcel_id"]: float(row["score"]) for row in csv.DictReader(handle, strict=True)}


@pytest.fixture
def at_root(monkeypatch):
    monkeypatch.syspath_prepend(str(Path.cwd()))


def test_batch_scores_are_those_of_before(tmp_path):
    before = batch(str(Path(__file__).parent / "batch_as_delivered.py"), tmp_path / "before.csv")
    assert batch("batch.py", tmp_path / "now.csv") == pytest.approx(before, abs=1e-9)


def test_online_answers_one_number_a_row(at_root):
    import online

    with (DATA / "requests.jsonl").open(encoding="utf-8") as handle:
        rows = json.loads(handle.readline())["rows"]
    scores = online.score(rows, str(DATA / "model.json"))
    assert len(scores) == len(rows)
    assert all(type(score) is float and 0 <= score <= 1 for score in scores)


def test_vectors_are_as_wide_as_the_model(at_root):
    import features

    model = json.loads((DATA / "model.json").read_text(encoding="utf-8"))
    with (DATA / "parcels.csv").open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))[:20]
    found = features.vectors(rows, model)
    assert [len(vector) for vector in found] == [len(model["features"])] * len(rows)


def test_parity_test_passes():
    done = run("parity_test.py", "--data", DATA)
    assert done.returncode == 0, done.stdout + done.stderr


def test_causes_are_of_the_list(tmp_path):
    done = run("causes.py", "--data", DATA, "--out", tmp_path / "causes.json")
    assert done.returncode == 0, done.stderr
    document = json.loads((tmp_path / "causes.json").read_text(encoding="utf-8"))
    assert list(document) == ["causes"]
    assert len(set(document["causes"])) == len(document["causes"])
    assert set(document["causes"]) <= CAUSES
