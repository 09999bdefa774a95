"""`worksample check` in real containers, on packets of the bundled tasks and without a catalog."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from owned import containers_of
from unpacked import unpack

from graders.grade_containers import GradeContainers
from graders.upstream import upstream_files
from graders.variants import generate
from runner.cli import run
from runner.packet import build_packet, packet_leaks
from runner.pipeline import GradeRequest, grade_submission
from tasks.catalogs import Catalog
from tasks.loader import load_task

if TYPE_CHECKING:
    from collections.abc import Callable

    from runner.workshop import Workshop
    from sandbox.docker_engine import DockerSandbox
    from tasks.model import Task

    MakeTask = Callable[..., Path]
    Packet = Callable[..., Path]
    Check = Callable[[Path], tuple[int, dict[str, Any]]]

pytestmark = pytest.mark.docker
ROOT = Path(__file__).parents[2]
CATALOG = Catalog.from_setting(None)
CLAIMS = "---\nclaims:\n{}---\n"


@pytest.fixture
def packet(tmp_path: Path, docker_sandbox: DockerSandbox, grade_image: str) -> Packet:
    """Return a function that unpacks a bundled task's packet with a solution's files in it."""

    def make(task: Task, solution: str = "", **files: str) -> Path:
        made = generate(
            GradeContainers(docker_sandbox, most_uses=1),
            task,
            image=grade_image,
            seed=5,
            scenarios=("public",),
        )
        data: dict[str, Any] = {
            "public_files": made.public["public"],
            "facts": made.facts,
            "upstream_files": upstream_files(made.truth["public"]),
        }
        sent = build_packet(task, candidate="LYNX-42", **data)
        assert packet_leaks(sent, task, {}) == []
        changes = {**_solution(task, solution), **files}
        return unpack(task, tmp_path / "work", files=changes, **data)

    return make


def _solution(task: Task, name: str) -> dict[str, str]:
    folder = task.path / "solutions" / name
    files = [path for path in folder.rglob("*") if name and path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_text() for path in files}


def _with_claims(task: Task, writeup: str) -> str:
    """State every claim that the task asks for; solutions carry no number of one variant."""
    body = writeup.split("---\n", 2)[2] if writeup.startswith("---\n") else writeup
    return CLAIMS.format("".join(f"  {one.id}: 1\n" for one in task.rubric.claims)) + body


@pytest.fixture
def check(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], candidate_image: str
) -> Check:
    """Return a function that checks a folder and gives exit code and answer."""
    monkeypatch.setenv("WORKSAMPLE_CATALOG", "/no/such/catalog")

    def call(folder: Path) -> tuple[int, dict[str, Any]]:
        code = run(["check", str(folder), "--format", "json"])
        answer = json.loads(capsys.readouterr().out)
        assert answer["image"] in (candidate_image, None)
        return code, answer

    return call


def marks(answer: dict[str, Any], part: str) -> list[str]:
    return [one["mark"] for one in answer["findings"] if one["part"] == part]


@pytest.mark.parametrize(
    ("task_id", "solution"),
    [("orders-etl", "sound_pandas"), ("serve-budget", ""), ("churn-leak", "sound_numpy")],
)
def test_a_sound_solution_is_complete_in_the_container_that_grades(
    packet: Packet, check: Check, task_id: str, solution: str
) -> None:
    task = CATALOG.load(task_id)
    name = solution or next(one.name for one in task.solutions if one.kind == "sound")
    folder = packet(task, name)
    writeup = folder / "WRITEUP.md"
    if writeup.exists():
        writeup.write_text(_with_claims(task, writeup.read_text()))
    code, answer = check(folder)
    assert (code, answer["where"]) == (0, "container"), answer
    assert answer["complete"]
    assert answer["tests_passed"]
    assert marks(answer, "deliverable") == ["ok"] * len(task.manifest.deliverables)
    assert marks(answer, "service") == (["ok"] if task.manifest.service else [])


def test_a_run_that_speaks_to_an_api_finds_it_in_the_container_and_only_there(
    packet: Packet, check: Check, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = packet(load_task(ROOT / "tests/hostile/tasks/upstream"), "sound_plain")
    _, answer = check(folder)
    assert marks(answer, "run") == ["ok"], answer
    assert marks(answer, "deliverable") == ["ok"]
    assert run(["check", str(folder), "--local"]) == 5
    assert "python upstream/serve.py" in capsys.readouterr().err


@pytest.mark.parametrize("task_id", ["orders-etl", "serve-budget", "churn-leak"])
def test_a_starter_is_incomplete(packet: Packet, check: Check, task_id: str) -> None:
    task = CATALOG.load(task_id)
    code, answer = check(packet(task))
    assert code == 4
    assert not answer["complete"]
    assert not answer["tests_passed"]
    assert marks(answer, "AI use") == ["missing"]
    assert set(marks(answer, "claims")) == {"missing"}
    # The starter of the service trains a model of sorts.
    assert ("missing" in marks(answer, "deliverable")) == (task_id != "serve-budget")


def test_a_link_and_a_long_answer_are_what_grading_says(
    tiny_task: Callable[..., Task], tmp_path: Path, workshop: Workshop, check: Check
) -> None:
    task = tiny_task()
    sound = (task.path / "solutions/sound_plain/add.py").read_text()
    text = "---\nclaims:\n  total: 6\n---\n## P1 How\n" + "word " * 51 + "\n## AI use\nNone.\n"
    files = {
        "add.py": sound, "WRITEUP.md": text,
        "public_tests/test_public.py": "def test_it():\n    pass\n",
    }  # fmt: skip
    data: dict[str, Any] = {"public_files": {"numbers.json": b"[1, 2, 3]"}, "facts": {"count": 3}}
    folder = unpack(task, tmp_path / "work", files=files, **data)
    code, answer = check(folder)
    request = GradeRequest(task=task, source=str(folder), candidate="LYNX-42")
    (answered,) = grade_submission(workshop, request).evidence.writeup.answers
    (long,) = [one for one in answer["findings"] if one["mark"] == "too long"]
    assert (code, answered.words, answered.within_limit) == (4, 51, False)
    assert long["text"] == "P1 How: 51 words, at most 50"
    assert answer["tests_passed"]
    (folder / "link.py").symlink_to("add.py")
    code, answer = check(folder)
    refused = grade_submission(workshop, request).evidence
    assert code == 4
    assert [one["text"] for one in answer["findings"] if one["mark"] == "to fix"] == list(
        refused.problems
    )


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("import time\ntime.sleep(60)", "Stopped at the limit of 5 s."),
        ("x = bytearray(300 << 20)", "96"),
        ("print('x' * 100_000)", "Stopped at 65536 bytes of output."),
    ],
)
def test_limits_are_those_of_grading(
    tiny_task: Callable[..., Task], tmp_path: Path, check: Check, code: str, words: str
) -> None:
    task = tiny_task()
    data: dict[str, Any] = {"public_files": {"numbers.json": b"[1]"}, "facts": {"count": 1}}
    folder = unpack(task, tmp_path / "work", files={"add.py": code}, **data)
    exit_code, answer = check(folder)
    (ran,) = [one for one in answer["findings"] if one["part"] == "run"]
    assert exit_code == 4
    assert ran["mark"] == "failed"
    assert words in ran["text"] or "memory" in ran["text"]


@pytest.mark.parametrize(
    ("serve", "words"),
    [
        ("raise SystemExit('no model')", "it ended with code 1 before it was ready"),
        ("import time\ntime.sleep(60)", "it was not ready within 2 s"),
        ("x = bytearray(900 << 20)", ""),
    ],
)
def test_a_service_that_does_not_get_ready_is_said_to_fail(
    make_task: MakeTask, tmp_path: Path, check: Check, serve: str, words: str
) -> None:
    edits = [("task.toml", "ready_timeout_s = 15", "ready_timeout_s = 2")]
    task = load_task(make_task(kind="service", edits=edits))
    files = {"train.py": "print('trained')\n", "serve.py": serve}
    code, answer = check(unpack(task, tmp_path / "work", files=files))
    (service,) = [one for one in answer["findings"] if one["part"] == "service"]
    assert (code, service["mark"]) == (4, "failed")
    assert words in service["text"]
    assert "tests" in [one["part"] for one in answer["findings"]]


START = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from runner.cli import main
main()
"""


def test_ctrl_c_leaves_nothing_behind(
    tiny_task: Callable[..., Task], tmp_path: Path, docker_sandbox: DockerSandbox,
    candidate_image: str,
) -> None:  # fmt: skip
    task = tiny_task(wall_time_s=60)
    data: dict[str, Any] = {"public_files": {"numbers.json": b"[1]"}, "facts": {"count": 1}}
    code = "import time\ntime.sleep(50)\n"
    folder = unpack(task, tmp_path / "work", files={"add.py": code}, **data)
    process = subprocess.Popen(
        [sys.executable, "-c", START, "check", str(folder)],
        env={**os.environ, "PYTHONPATH": str(ROOT)}, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        deadline = time.monotonic() + 60
        while not containers_of(docker_sandbox, process.pid):
            assert time.monotonic() < deadline, "no container came up"
            assert process.poll() is None, "it ended before a container came up"
            time.sleep(0.1)
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 130
    assert "Interrupted" in said
    assert containers_of(docker_sandbox, process.pid) == []
