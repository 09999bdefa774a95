"""When `late-batch` kills a job, and what each of these moments leaves on the disk."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from catalog_proof import TASKS

if TYPE_CHECKING:
    from pathlib import Path

HIDDEN = TASKS["late-batch"].path / "hidden_tests"
KILLED = -signal.SIGKILL
FILES = """
import pathlib
pathlib.Path("state.tmp").write_text("all of it")
pathlib.Path("state.tmp").replace("state.json")
pathlib.Path("state.json").read_text()
with open("log", "a") as log:
    log.write("done")
"""
DATABASE = """
import sqlite3
db = sqlite3.connect("state.db")
db.execute("CREATE TABLE IF NOT EXISTS nights (night)")
db.execute("INSERT INTO nights VALUES (1)")
db.execute("INSERT INTO nights VALUES (2)")
db.commit()
"""
COUNT = """
import sqlite3
try:
    print(sqlite3.connect("state.db").execute("SELECT COUNT(*) FROM nights").fetchone()[0])
except sqlite3.OperationalError:
    print("no table")
"""


@pytest.fixture
def bench(tmp_path: Path) -> Path:
    """Lay the driver and its hook out as a check does; return the folder that the job works in."""
    (tmp_path / "bench" / "hook").mkdir(parents=True)
    (tmp_path / "bench" / "drive.py").write_bytes((HIDDEN / "drive.py").read_bytes())
    hook = (HIDDEN / "kill_hook.py").read_bytes()
    (tmp_path / "bench" / "hook" / "sitecustomize.py").write_bytes(hook)
    (tmp_path / "job").mkdir()
    return tmp_path / "job"


def replay(job: Path, source: str, *moments: int, files: list[str]) -> dict[str, Any]:
    """Play one night with these kills, each on what the one before left."""
    step = {"night": "n", "drop": "drop", "moments": list(moments)}
    step["command"] = [sys.executable, "-c", source]
    plan = {"drops": {"n": {"a.csv": "x\n"}}, "files": files, "steps": [step]}
    driver = job.parent / "bench" / "drive.py"
    command = [sys.executable, "-I", str(driver)]
    subprocess.run(command, cwd=job, input=json.dumps(plan).encode(), check=True)
    result: dict[str, Any]
    (result,) = json.loads((driver.parent / "results.json").read_text())
    return result


def kill_at(job: Path, source: str, moment: int) -> int:
    """Run a job once and kill it at one moment; return its exit code."""
    hook = str(job.parent / "bench" / "hook")
    environment = {"PYTHONPATH": hook, "KILL_AT_MOMENT": str(moment)}
    done = subprocess.run(
        [sys.executable, "-c", source], cwd=job, env=environment, start_new_session=True
    )
    return done.returncode


@pytest.mark.parametrize(
    ("moment", "left"),
    [
        (1, {}),
        (2, {"state.tmp": ""}),
        (3, {"state.tmp": "all of it"}),
        (4, {"state.json": "all of it"}),
        (5, {"state.json": "all of it", "log": ""}),
    ],
)
def test_kill_at_each_moment_leaves_what_was_there(
    bench: Path, moment: int, left: dict[str, str]
) -> None:
    assert kill_at(bench, FILES, moment) == KILLED
    assert {path.name: path.read_text() for path in bench.iterdir()} == left


def test_job_ends_by_itself_beyond_its_last_moment(bench: Path) -> None:
    assert kill_at(bench, FILES, 6) == 0
    assert (bench / "log").read_text() == "done"


@pytest.mark.parametrize(("moment", "rows"), [(1, "no table"), (2, "0"), (3, "2")])
def test_kill_before_a_commit_keeps_it_from_happening(bench: Path, moment: int, rows: str) -> None:
    code = kill_at(bench, DATABASE, moment)
    assert code == (KILLED if moment < 3 else 0)
    count = subprocess.run([sys.executable, "-c", COUNT], cwd=bench, capture_output=True)
    assert count.stdout.decode().strip() == rows


def test_replay_runs_a_killed_night_until_it_ends(bench: Path) -> None:
    result = replay(bench, FILES, 1, 2, 3, 4, 5, 6, 7, files=["state.json", "log", "none"])
    assert (result["kills"], result["code"]) == (5, 0)
    assert result["files"] == {"state.json": "all of it", "log": "done", "none": None}
    assert not (bench / "drop").exists()


def test_replay_tells_how_a_broken_night_ended(bench: Path) -> None:
    result = replay(bench, "raise SystemExit('no such table')", 1, files=[])
    assert (result["kills"], result["code"]) == (0, 1)
    assert "no such table" in result["words"]
