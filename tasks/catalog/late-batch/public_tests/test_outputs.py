"""Form of what your job writes for your own nights: they replay them first, one drop at a time.

DATA_DIR is the folder with the drops.
"""

import csv
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

DATA = Path(os.environ.get("DATA_DIR", "data"))
NIGHTS = sorted(path.name for path in (DATA / "drops").iterdir())
COLUMNS = {
    "published.csv": ["day", "machine_id", "score", "missing"],
    "rejected.csv": ["delivery_id", "reason"],
    "overdue.csv": ["plant", "day"],
}


def rows_of(path: Path) -> list[list[str]]:
    """Read a table with its header."""
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.reader(handle, strict=True))


@pytest.fixture(scope="session")
def out(tmp_path_factory):
    """Folder with a folder for each night, as the job left it after a replay of all of them."""
    folder, state, landing = (tmp_path_factory.mktemp(name) for name in ("out", "state", "landing"))
    for night in NIGHTS:
        (folder / night).mkdir()
        drop = shutil.copytree(DATA / "drops" / night, landing / night)
        command = [sys.executable, "nightly.py", "run", "--night", night, "--reference", str(DATA)]
        command += ["--drop", str(drop), "--state", str(state), "--out", str(folder / night)]
        subprocess.run(command, check=True)
    return folder


@pytest.mark.parametrize("night", NIGHTS)
def test_tables_have_briefed_columns_in_order(night, out):
    for name, columns in COLUMNS.items():
        header, *rows = rows_of(out / night / name)
        assert header == columns
        keys = [tuple(row[: 1 if name == "rejected.csv" else 2]) for row in rows]
        assert keys == sorted(set(keys)), f"{name} is not sorted, or has a key twice"


@pytest.mark.parametrize("night", NIGHTS)
def test_published_tables_are_whole(night, out):
    since = {row[0]: row[1] for row in rows_of(DATA / "plants.csv")[1:]}
    machines = rows_of(DATA / "machines.csv")[1:]
    tables = {}
    for day, machine, score, missing in rows_of(out / night / "published.csv")[1:]:
        assert score.isdigit()
        assert missing.isdigit()
        tables.setdefault(day, []).append(machine)
    assert night in tables
    for day, found in tables.items():
        assert NIGHTS[0] <= day <= night
        assert found == sorted(machine for machine, plant in machines if since[plant] <= day)


@pytest.mark.parametrize("night", NIGHTS)
def test_summary_agrees_with_the_files(night, out):
    summary = json.loads((out / night / "summary.json").read_text(encoding="utf-8"))
    assert summary["night"] == night
    assert summary["deliveries"] == len(rows_of(DATA / "drops" / night / "manifest.csv")) - 1
    for name in ("rejected", "overdue"):
        assert summary[name] == len(rows_of(out / night / f"{name}.csv")) - 1
    days = {row[0] for row in rows_of(out / night / "published.csv")[1:]}
    assert summary["restated"] == sorted(days - {night})
