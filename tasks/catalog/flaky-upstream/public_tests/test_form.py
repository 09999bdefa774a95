"""Run the job against the API on this machine, and look at the form of what it writes.

    python -m pytest public_tests

Starts `upstream/serve.py` by itself. That these pass is necessary, not sufficient.
"""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("DATA_DIR", ROOT / "data"))


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    """Run the job once; return the folder with its files."""
    folder = tmp_path_factory.mktemp("out")
    serve = [sys.executable, "upstream/serve.py", "--port", "0", "--quiet"]
    serve += ["--log", str(folder / "seen.jsonl")]
    with subprocess.Popen(serve, cwd=ROOT, stdout=subprocess.PIPE, text=True) as api:
        url = api.stdout.readline().removeprefix("ready on ").strip()
        command = [sys.executable, "fetch.py", "--api", url, "--in", str(DATA), "--out", str(folder)]
        finished = subprocess.run(command, cwd=ROOT, timeout=60)
        api.terminate()
        api.stdout.read()
    assert finished.returncode == 0
    return folder


def test_scores_have_the_form(out):
    with (out / "scores.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    with (DATA / "accounts.csv").open(newline="") as file:
        accounts = sorted(row["account_id"] for row in csv.DictReader(file))
    assert [row["account_id"] for row in rows] == accounts
    assert {row["source"] for row in rows} <= {"live", "fallback"}
    for row in rows:
        float(row["score"])


def test_the_report_adds_up(out):
    report = json.loads((out / "report.json").read_text())
    assert report["live"] + report["fallback"] == report["accounts"]
    named = len(report["rejected"]) + len(report["unposted"])
    assert report["posted"] + named == report["accounts"]
    assert isinstance(report["complete"], bool)


def test_the_api_was_asked(out):
    seen = [json.loads(line) for line in (out / "seen.jsonl").read_text().splitlines()]
    assert {one["method"] for one in seen} == {"GET", "POST"}
