"""The tests of an exported task, as text: what can be looked at where the work was done."""

from __future__ import annotations

from typing import Final

TEST_SH: Final = """\
#!/bin/bash
# Reward 1: every deliverable is there and the public tests pass. No hidden test is here.
app="${APP_DIR:-/app}"
tests="${TESTS_DIR:-/tests}"
logs="${LOGS_DIR:-/logs/verifier}"
mkdir -p "$logs"
echo 0 > "$logs/reward.txt"
cd "$app" || exit 0
export APP_DIR="$app" DATA_DIR="$app/data" OUT_DIR="$app/out"
python -m pytest -q -p no:cacheprovider "$tests/test_work.py" || exit 0
if [ -d "$tests/public_tests" ]; then
  python -m pytest -q -p no:cacheprovider "$tests/public_tests" || exit 0
fi
echo 1 > "$logs/reward.txt"
"""

VERIFIER: Final = '''\
"""Runs the public commands and looks whether what they must write is there."""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import time
import urllib.request

import pytest

APP = pathlib.Path(os.environ.get("APP_DIR", "/app"))
SPEC = json.loads((pathlib.Path(__file__).resolve().parent / "spec.json").read_text())
NOTEBOOK = """
import sys, nbclient, nbformat
nbclient.NotebookClient(nbformat.read(sys.argv[1], as_version=4), timeout=None).execute()
"""


def fill(command):
    places = {"data": str(APP / "data"), "out": "out", "port": str(SPEC["port"])}
    for name, place in places.items():
        command = [word.replace("{%s}" % name, place) for word in command]
    return command


@pytest.fixture(scope="session")
def finished():
    """Run every public command, into an empty folder out/."""
    for wanted in SPEC["deliverables"]:
        if wanted["produced_by"] == "run":
            (APP / wanted["path"]).unlink(missing_ok=True)
    shutil.rmtree(APP / "out", ignore_errors=True)
    (APP / "out").mkdir()
    for run in SPEC["runs"]:
        command = fill(run or [sys.executable, "-c", NOTEBOOK, SPEC["notebook"]])
        subprocess.run(command, cwd=APP, timeout=SPEC["wall_time_s"], check=True)


@pytest.mark.parametrize("wanted", SPEC["deliverables"], ids=lambda wanted: wanted["path"])
def test_deliverable_is_there(finished, wanted):
    path = APP / wanted["path"]
    if wanted["required"] or path.exists():
        assert path.is_file(), f"{path} is missing"
        assert path.stat().st_size <= wanted["max_bytes"], f"{path} is too large"


@pytest.mark.skipif(SPEC["service"] is None, reason="no service")
def test_service_gets_ready(finished):
    process = subprocess.Popen(fill(SPEC["service"]), cwd=APP)
    try:
        deadline = time.monotonic() + SPEC["ready_timeout_s"]
        url = "http://127.0.0.1:%d%s" % (SPEC["port"], SPEC["ready_path"])
        while True:
            assert process.poll() is None, "the service ended"
            try:
                with urllib.request.urlopen(url, timeout=2) as answer:
                    if answer.status == 200:
                        return
            except OSError:
                pass
            assert time.monotonic() < deadline, "the service was not ready in time"
            time.sleep(0.1)
    finally:
        process.kill()
        process.wait()
'''
