"""Tasks become Harbor folders: brief, data, public tests and a solution; nothing hidden."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from unpacked import PUBLIC, SHAPE, TOTAL

from graders.material import VariantData
from runner.cli import run
from runner.harbor.exporting import export_task
from runner.harbor.importing import import_task
from runner.harbor.losses import HarborError
from tasks.catalogs import Catalog
from tasks.loader import load_task
from tasks.model import UpstreamPart

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.docker_engine import DockerSandbox

    MakeTask = Callable[..., Path]

TRUTH = {"total.json": b'{"the_expected_total": 4711, "rows": 99}\n'}
DATA = VariantData(public={"public": PUBLIC}, truth={"public": TRUTH}, facts={"rows": 2})
SOUND = {"solutions/sound_plain/total.py": TOTAL, "public_tests/test_shape.py": SHAPE}


@pytest.fixture
def exported(make_task: MakeTask, tmp_path: Path) -> Path:
    task = load_task(make_task(files=SOUND))
    return export_task(task, DATA, seed=7, output=tmp_path / "out")[0]


def test_the_folder_has_harbors_layout(exported: Path) -> None:
    names = sorted(
        path.relative_to(exported).as_posix() for path in exported.rglob("*") if path.is_file()
    )
    assert (
        names
        == [
            "EXPORT.md",
            "environment/Dockerfile",
            "environment/app/WRITEUP.md",
            "environment/app/data/amounts.csv",
            "environment/app/public_tests/test_shape.py",
            "environment/app/total.py",
            "environment/requirements.txt",
            "instruction.md",
            "solution/files/total.py",
            "solution/solve.sh",
            "task.toml",
            "tests/public_tests/test_shape.py",
            "tests/spec.json",
            "tests/test.sh",
            "tests/test_work.py",
        ]
        or "environment/app/data/deep/more.csv" not in names
    )
    config = tomllib.loads((exported / "task.toml").read_text())
    assert config["task"]["name"] == "worksample/sum-column"
    assert config["environment"] == {
        "build_timeout_sec": 1200.0, "cpus": 1, "memory_mb": 512, "storage_mb": 2048,
        "allow_internet": False,
    }  # fmt: skip
    assert config["metadata"]["worksample_seed"] == "7"
    assert os.access(exported / "tests/test.sh", os.X_OK)
    assert "For HARBOR-1: 2 rows" in (exported / "instruction.md").read_text()
    assert "==" in (exported / "environment/requirements.txt").read_text()


def test_nothing_hidden_goes_along(exported: Path) -> None:
    everything = b"".join(path.read_bytes() for path in exported.rglob("*") if path.is_file())
    for hidden in (b"the_expected_total", b"total-is-right", b"hidden_factor",
                   b"Right on the public", b"rounds every amount"):  # fmt: skip
        assert hidden not in everything
    spec = json.loads((exported / "tests/spec.json").read_text())
    assert len(spec["runs"]) == 1
    assert "fresh" not in json.dumps(spec)


def test_what_was_lost_is_listed(exported: Path) -> None:
    page = (exported / "EXPORT.md").read_text()
    for words in ("2 hidden checks", "seed 7 for everybody", "fresh, fresh_again", "anchors",
                  "2 flawed and other solutions"):  # fmt: skip
        assert words in page


def reward(exported: Path, app: Path, tmp_path: Path) -> str:
    """Run the exported verifier on a folder, as Harbor would in its container."""
    logs = tmp_path / "logs"
    env = {
        **os.environ, "APP_DIR": str(app), "TESTS_DIR": str(exported / "tests"),
        "LOGS_DIR": str(logs), "PATH": f"{Path(sys.prefix) / 'bin'}:{os.environ['PATH']}",
        "SOLUTION_DIR": str(exported / "solution"),
    }  # fmt: skip
    if "solved" in app.name:
        subprocess.run(["bash", str(exported / "solution/solve.sh")], env=env, check=True)
    subprocess.run(["bash", str(exported / "tests/test.sh")], env=env, check=True)
    return (logs / "reward.txt").read_text().strip()


def test_the_solution_is_rewarded_and_the_starter_is_not(exported: Path, tmp_path: Path) -> None:
    for name, expected in (("solved", "1"), ("untouched", "0")):
        app = tmp_path / name
        shutil.copytree(exported / "environment/app", app)
        assert reward(exported, app, tmp_path) == expected


def test_a_stale_output_is_not_rewarded(exported: Path, tmp_path: Path) -> None:
    app = tmp_path / "stale"
    shutil.copytree(exported / "environment/app", app)
    (app / "out").mkdir()
    (app / "out/total.json").write_text('{"total": 1}')
    assert reward(exported, app, tmp_path) == "0"


@pytest.mark.parametrize("kind", ["notebook", "service"])
def test_every_kind_is_exported(make_task: MakeTask, tmp_path: Path, kind: str) -> None:
    task = load_task(make_task(kind=kind))
    target, _ = export_task(task, DATA, seed=1, output=tmp_path / "out")
    spec = json.loads((target / "tests/spec.json").read_text())
    assert (spec["notebook"], bool(spec["service"])) == (
        ("analysis.ipynb", False) if kind == "notebook" else (None, True)
    )
    assert spec["runs"] == [None if kind == "notebook" else ["python", "train.py", "{data}"]]


def test_without_a_sound_solution_that_is_said(make_task: MakeTask, tmp_path: Path) -> None:
    only_empty = '[[solution]]\nname = "empty"\nnote = "Nothing."\n'
    files = {
        "solutions/solutions.toml": only_empty,
        "solutions/sound_plain/total.py": None,
        "solutions/flawed_rounds/total.py": None,
    }
    task = load_task(make_task(files=files))
    target, losses = export_task(task, DATA, seed=1, output=tmp_path / "out")
    assert not (target / "solution").exists()
    assert any("there is no sound solution" in str(loss) for loss in losses)


def test_an_api_that_stays_behind_is_said(make_task: MakeTask, tmp_path: Path) -> None:
    task = load_task(make_task())
    (task.path / "upstream.py").write_text("def make_upstream(folder): ...\n")
    manifest = task.manifest.model_copy(update={"upstream": UpstreamPart(port=9000)})
    for named, one in ((True, replace(task, manifest=manifest)), (False, task)):
        _, losses = export_task(one, DATA, seed=1, output=tmp_path / str(named))
        assert any("the API that the runs speak to" in str(loss) for loss in losses) is named


def test_a_leak_stops_the_export(make_task: MakeTask, tmp_path: Path) -> None:
    leaking = VariantData(
        public={"public": {"a.json": TRUTH["total.json"]}}, truth=DATA.truth, facts={"rows": 1}
    )
    with pytest.raises(HarborError, match="give away what is hidden"):
        export_task(load_task(make_task()), leaking, seed=1, output=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_nothing_is_overwritten(make_task: MakeTask, exported: Path, tmp_path: Path) -> None:
    with pytest.raises(HarborError, match="is there already"):
        export_task(load_task(make_task()), DATA, seed=1, output=tmp_path / "out")


def test_an_exported_task_can_be_imported(exported: Path, tmp_path: Path) -> None:
    target, _ = import_task(exported, tmp_path / "back")
    task = load_task(target)
    assert task.manifest.summary == "Adds up the amounts of a small file."
    assert task.limits.memory_bytes == 512 << 20


@pytest.mark.docker
def test_the_command_makes_the_data_of_a_seed(
    tmp_path: Path, docker_sandbox: DockerSandbox, grade_image: str
) -> None:
    for seed in ("3", "4"):
        words = ["tasks", "export", "orders-etl", "-o", str(tmp_path / seed), "--seed", seed]
        assert run(words) == 0
    first, second = (tmp_path / seed / "orders-etl" for seed in ("3", "4"))
    brief = (first / "instruction.md").read_text()
    assert brief != (second / "instruction.md").read_text()
    task = Catalog.from_setting(None).load("orders-etl")
    for check in task.checks:
        assert check.id not in "".join(
            path.read_text("utf-8", "replace") for path in first.rglob("*") if path.is_file()
        )
