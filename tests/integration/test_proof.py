"""The proof of a task on real containers: kept, resumed, refused; and what a packet needs of it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from owned import containers_of

from graders.evidence import Evidence
from runner.cli import run
from runner.exit_codes import ExitCode
from runner.proof.bench import Bench
from runner.proof.judge import variant_problems
from runner.proof.matrix import KillMatrix
from runner.proof.summary import outdated
from tasks.loader import load_task

if TYPE_CHECKING:
    from collections.abc import Callable

    from runner.workshop import Workshop
    from sandbox.docker_engine import DockerSandbox
    from tasks.model import Task

pytestmark = [pytest.mark.docker, pytest.mark.usefixtures("candidate_image", "grade_image")]

BRIEF = """
# Add {{ count }} numbers
Write `out/sum.json` within {{ limits.wall_time_s }} s and {{ limits.memory }} of memory.
"""
LISTED = """
[[solution]]
name = "sound_plain"
note = "Adds."

[[solution]]
name = "flawed_one_more"
note = "One too many."
fails = ["sum-public", "sum-fresh"]

[[solution]]
name = "empty"
note = "Nothing."
"""
ADDS = """
import json, pathlib, sys
data, out = map(pathlib.Path, sys.argv[1:])
out.mkdir(exist_ok=True)
total = sum(json.loads((data / "numbers.json").read_text()))
(out / "sum.json").write_text(json.dumps(total))
"""
ONE_MORE = ADDS.replace("dumps(total)", "dumps(total + 1)")
FLAWED = "solutions/flawed_one_more/add.py"


@pytest.fixture
def task(tiny_task: Callable[..., Task], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Task:
    """Write a tiny task that can be proven, and go where its records shall be."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WORKSAMPLE_CATALOG", str(tmp_path / "catalog"))
    folder = tiny_task(wall_time_s=30, memory="512 MiB").path
    for path, text in {
        "brief.md": BRIEF,
        "solutions/solutions.toml": LISTED,
        "solutions/sound_plain/add.py": ADDS,
        "solutions/sound_plain/WRITEUP.md": "## P1 How\nWith sum().\n",
        FLAWED: ONE_MORE,
        "solutions/empty/README.md": "Nothing.\n",
    }.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return load_task(folder)


def validate(capsys: pytest.CaptureFixture[str], *more: str) -> tuple[int, Any]:
    """Validate the tiny task on two seeds and return the exit code and the JSON."""
    code = run(["tasks", "validate", "tiny", "--seeds", "2", "--repeats", "2", "--format", "json",
                "-o", "out", *more])  # fmt: skip
    (found,) = json.loads(capsys.readouterr().out)["tasks"]
    return code, found


def test_a_task_is_proven_and_only_what_changed_is_tried_again(
    task: Task, capsys: pytest.CaptureFixture[str]
) -> None:
    code, found = validate(capsys, "--write-summary")
    assert (code, found["problems"]) == (ExitCode.DONE, [])
    assert (found["made"], found["kept"]) == (12, 0)
    proof = KillMatrix.model_validate_json(Path("out/tiny/kill-matrix.json").read_bytes())
    assert [check.kills[0].seeds for check in proof.checks] == [2, 2]
    assert {(one.bound, one.exact) for one in proof.margins} == {
        ("at_least", True),
        ("at_most", True),
    }
    assert "Proven" in Path("out/tiny/kill-matrix.html").read_text("utf-8")
    assert list(outdated(load_task(task.path))) == []

    (task.path / FLAWED).write_text(ONE_MORE.replace("+ 1", "+ 2"))
    code, found = validate(capsys)
    assert (code, found["made"], found["kept"]) == (ExitCode.DONE, 4, 8)
    assert "flawed_one_more" in next(outdated(load_task(task.path)))

    (task.path / FLAWED).write_text(ADDS)
    code, found = validate(capsys, "--write-summary")
    assert code == ExitCode.TASK_INVALID
    assert [problem.split(" on ")[0] for problem in found["problems"][:2]] == [
        "flawed_one_more has to fail `sum-public` and does not",
        "flawed_one_more has to fail `sum-fresh` and does not",
    ]
    assert "flawed_one_more" in next(outdated(load_task(task.path))), "the old summary stays"


CLOCK = ("integers(0, 1000, 20)", "integers(0, __import__('time').time_ns(), 20)")
SAME = ("default_rng([seed, len(scenario)])", "default_rng(7)")
COPY = "[(side / 'a').write_text(json.dumps(numbers * 2)) for side in (public, truth)]"
LEAK = ("    return", f"    {COPY}\n    return")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("", ""), None),
        (CLOCK, "makes other bytes the second time"),
        (SAME, "the same public data"),
        (LEAK, "The packet gives away what is hidden: data/a: holds the truth file public/a"),
    ],
    ids=["honest", "clock", "same", "leak"],
)
def test_data_is_examined(
    change: tuple[str, str], words: str | None, task: Task, workshop: Workshop
) -> None:
    place = task.path / "variant.py"
    assert change[0] in place.read_text()
    place.write_text(place.read_text().replace(*change, 1))
    bench, changed = (
        Bench(workshop.sandbox, workshop.graders, workshop.images),
        load_task(task.path),
    )
    found = [bench.examine(changed, seed, again=seed == 1) for seed in (1, 2)]
    problems = list(variant_problems(changed, found))
    assert len(problems) == (words is not None)
    assert not words or words in problems[0]


def test_a_packet_goes_out_with_a_proof_or_says_that_it_has_none(
    task: Task, capsys: pytest.CaptureFixture[str]
) -> None:
    packet = ["packet", "tiny", "--candidate", "LYNX-1"]
    assert run([*packet, "--ready-only"]) == ExitCode.TASK_INVALID
    remedy = "run `worksample tasks prove tiny --candidate LYNX-1`, or leave out --ready-only"
    assert remedy in capsys.readouterr().err
    assert not list(Path().glob("*.zip"))

    Path("codes.txt").write_text("# the first round\nLYNX-1\n\n")
    assert run(["tasks", "prove", "tiny", "--candidates", "codes.txt"]) == ExitCode.DONE
    said = capsys.readouterr()
    assert "flawed_one_more, variant " in said.err
    assert "seed" not in said.err
    certificate = said.out.removeprefix("LYNX-1: proven, certificate ").strip()
    assert run([*packet, "--ready-only"]) == ExitCode.DONE
    assert run(["packet", "tiny", "--candidate", "LYNX-2", "--unproven"]) == ExitCode.DONE
    assert "sent without proof" in capsys.readouterr().err
    assert {
        one.filename.split("/")[0] for one in zipfile.ZipFile("tiny-LYNX-1.zip").infolist()
    } == {"tiny-LYNX-1"}

    source = str(task.path / "solutions/empty")
    grade = ["grade", "tiny", source, source, "--candidate", "LYNX-1", "--candidate", "LYNX-2"]
    assert run([*grade, "--format", "json"]) == ExitCode.DONE
    rows = json.loads(capsys.readouterr().out)["evidence"]
    found = [Evidence.model_validate(row).variant for row in rows]
    assert [one.certificate for one in found if one] == [certificate, ""]


def test_a_packet_whose_checks_do_not_hold_is_refused(
    task: Task, capsys: pytest.CaptureFixture[str]
) -> None:
    (task.path / FLAWED).write_text(ADDS)
    packet = ["packet", "tiny", "--candidate", "LYNX-1"]
    assert run(packet) == ExitCode.TASK_INVALID
    said = capsys.readouterr().err
    assert "Error: The variant of LYNX-1 is not proven. flawed_one_more has to fail" in said
    assert run(["tasks", "prove", "tiny", "--candidate", "LYNX-1"]) == ExitCode.TASK_INVALID
    shutil.rmtree(task.path / "solutions")
    assert run(packet) == ExitCode.TASK_INVALID
    assert "add solutions, or send it with --unproven" in capsys.readouterr().err
    assert not list(Path().glob("*.zip"))


# A test run in the background of a shell inherits an ignored SIGINT; a user's terminal does not.
START = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from runner.cli import main
main()
"""


def test_an_interrupted_proof_goes_on_where_it_stopped(
    task: Task, docker_sandbox: DockerSandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    (task.path / FLAWED).write_text(f"import time\ntime.sleep(25)\n{ONE_MORE}")
    root = Path(__file__).parents[2]
    words = ["tasks", "validate", "tiny", "--seeds", "2", "--repeats", "2", "-o", "out"]
    with subprocess.Popen(
        [sys.executable, "-c", START, *words],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(root)},
    ) as process:
        assert process.stderr is not None
        try:
            for line in process.stderr:
                if "sound_plain" in line:
                    process.send_signal(signal.SIGINT)
                    break
            said = process.stderr.read()
            process.wait(timeout=30)
        finally:
            process.kill()
    assert process.returncode == ExitCode.INTERRUPTED
    assert "Interrupted" in said
    assert containers_of(docker_sandbox, process.pid) == []
    (task.path / FLAWED).write_text(ONE_MORE)
    code, found = validate(capsys)
    assert (code, found["kept"]) == (ExitCode.DONE, 1)  # the packet is examined for the new text
