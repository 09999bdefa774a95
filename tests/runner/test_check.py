"""What candidates are told: by the readers of grading, about nothing but their own work."""

from __future__ import annotations

import ast
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from unpacked import DONE, WRITEUP, found, unpack

from graders.evidence import CellFacts, DeliverableFacts, ExitKind, RunFacts
from graders.rehearsal import PublicTestsResult, Rehearsal, ServiceResult
from runner.check import check_folder
from runner.check_report import CheckReport, Mark
from runner.cli import run
from runner.errors import SourceError
from runner.packet_folder import open_packet_folder
from tasks.loader import load_task

if TYPE_CHECKING:
    from collections.abc import Callable

    from graders.notebook import RebuiltNotebook

    MakeTask = Callable[..., Path]
    Unpacked = Callable[..., Path]

ROOT = Path(__file__).parents[2]
PASSED = PublicTestsResult(passed=True, summary="3 passed in 0.10s")
FINISHED = RunFacts(
    name="public", scenario="public", command=("python", "total.py"), exit_kind=ExitKind.EXITED,
    exit_code=0, wall_time_s=0.5, cpu_time_s=0.4, memory_peak_bytes=1, stdout="", stderr="",
    output_truncated=False,
    deliverables=(DeliverableFacts(path="out/total.json", state="ok", bytes=12, sha256="0"),),
)  # fmt: skip


@pytest.fixture
def unpacked(make_task: MakeTask, tmp_path: Path) -> Unpacked:
    """Return a function that gives a complete folder, with changes."""

    def make(*, kind: str = "repo", edits: Any = (), **files: str | None) -> Path:
        task = load_task(make_task(kind=kind, edits=edits))
        changes = {name.replace("__", "/"): content for name, content in files.items()}
        return unpack(task, tmp_path / "work", files={**DONE, **changes})

    return make


def report_on(folder: Path, done: Rehearsal | None = None) -> CheckReport:
    rehearsal = done or Rehearsal(runs=(FINISHED,), tests=PASSED)
    return check_folder(open_packet_folder(folder), lambda _notebook: rehearsal)


def _run_nothing(_notebook: RebuiltNotebook | None) -> Rehearsal:
    pytest.fail("it was run")


def test_a_complete_folder_is_ready(unpacked: Unpacked) -> None:
    report = report_on(unpacked())
    assert report.ready
    assert {one.mark for one in report.findings} == {Mark.OK}
    assert {one.part for one in report.findings} == {
        "files", "run", "deliverable", "tests", "write-up", "claims", "AI use",
    }  # fmt: skip
    assert found(report, "run") == [("ok", "run `public`: finished in 0.5 s of 30 s")]


def test_an_untouched_packet_says_all_that_is_missing(make_task: MakeTask, tmp_path: Path) -> None:
    report = report_on(unpack(load_task(make_task()), tmp_path))
    assert not report.ready
    missing = [one.text for one in report.findings if one.mark is Mark.MISSING]
    assert missing == [
        "P1 What was wrong: no answer",
        "P2 Trade-off: no answer",
        "claim rows_read: no number stated",
        "AI use: nothing is stated",
    ]
    assert all(one.to_do for one in report.findings if one.mark is Mark.MISSING)


def test_a_long_answer_says_by_how_much(unpacked: Unpacked) -> None:
    text = WRITEUP.replace("None was forced on me.", "word " * 107)
    report = report_on(unpacked(**{"WRITEUP.md": text}))
    assert ("too long", "P2 Trade-off: 107 words, at most 100") in found(report, "write-up")
    assert [one.to_do for one in report.findings if one.mark is Mark.TOO_LONG] == [
        "leave out 7 words"
    ]
    assert not report.complete


def test_no_writeup_at_all_is_one_line(unpacked: Unpacked) -> None:
    report = report_on(unpacked(**{"WRITEUP.md": None}))
    assert found(report, "write-up") == [("missing", "WRITEUP.md is not there")]
    assert found(report, "claims") == []


@pytest.mark.parametrize(
    ("written", "mark", "words"),
    [
        ("  rows_read: many", "to fix", "The claim rows_read is 'many', not a number."),
        ("  row_read: 2", "note", "the task asks for no such number; did you mean rows_read?"),
    ],
)
def test_claims_that_say_nothing(unpacked: Unpacked, written: str, mark: str, words: str) -> None:
    report = report_on(unpacked(**{"WRITEUP.md": WRITEUP.replace("  rows_read: 2", written)}))
    lines = found(report, "claims") + found(report, "write-up")
    assert ("missing", "claim rows_read: no number stated") in lines
    assert any(text.endswith(words) and one == mark for one, text in lines)


def test_characters_that_nobody_sees_are_a_note(unpacked: Unpacked) -> None:
    text = WRITEUP.replace("Nothing was.", "Nothing\u200b was.")
    report = report_on(unpacked(**{"WRITEUP.md": text}))
    assert ("note", True) in [(mark, "1 zero-width" in text) for mark, text in
                              found(report, "write-up")]  # fmt: skip
    assert report.ready


@pytest.mark.parametrize(
    ("state", "mark"),
    [("missing", Mark.MISSING), ("too_large", Mark.TOO_LARGE), ("not_regular", Mark.TO_FIX)],
)
def test_a_deliverable_that_is_not_as_it_should_be(
    unpacked: Unpacked, state: str, mark: Mark
) -> None:
    facts = FINISHED.model_dump()
    facts["deliverables"] = [
        {"path": "out/total.json", "state": state, "bytes": 70_000, "sha256": None}
    ]
    done = Rehearsal(runs=(RunFacts.model_validate(facts),), tests=PASSED)
    report = report_on(unpacked(), done)
    (finding,) = [one for one in report.findings if one.part == "deliverable"]
    assert finding.mark is mark
    assert "`public`" in finding.to_do
    assert not report.ready


@pytest.mark.parametrize(
    ("states", "marks"),
    [
        (("missing", "ok"), [Mark.OK]),
        (("ok", "missing"), [Mark.OK]),
        (("missing", "missing"), [Mark.MISSING]),
        (("too_large", "ok"), [Mark.TOO_LARGE, Mark.OK]),
    ],
)
def test_of_several_runs_one_has_to_write_a_deliverable(
    unpacked: Unpacked, states: tuple[str, str], marks: list[Mark]
) -> None:
    runs = tuple(
        RunFacts.model_validate(
            FINISHED.model_dump()
            | {
                "name": name,
                "deliverables": [
                    {"path": "out/total.json", "state": state, "bytes": 9, "sha256": None}
                ],
            }
        )
        for name, state in zip(("first", "second"), states, strict=True)
    )
    report = report_on(unpacked(), Rehearsal(runs=runs, tests=PASSED))
    found = [one for one in report.findings if one.part == "deliverable"]
    assert [one.mark for one in found] == marks
    if marks == [Mark.MISSING]:
        assert "`second`" in found[0].to_do


SUBMITTED = [
    ("task.toml", 'max_bytes = "64 KiB"', 'max_bytes = "1 KiB"\nproduced_by = "submission"')
]


@pytest.mark.parametrize(
    ("size", "line"),
    [
        (0, ("missing", "out/total.json is not there")),
        (9, ("ok", "out/total.json: 9 B of at most 1 KiB")),
        (2048, ("too large", "out/total.json: 2 KiB, at most 1 KiB")),
    ],
)
def test_what_is_to_be_handed_in(unpacked: Unpacked, size: int, line: tuple[str, str]) -> None:
    files = {"out__total.json": "x" * size} if size else {}
    report = report_on(
        unpacked(edits=SUBMITTED, **files),
        Rehearsal(runs=(FINISHED.model_copy(update={"deliverables": ()}),), tests=PASSED),
    )
    assert found(report, "deliverable") == [line]


def test_what_need_not_be_handed_in_is_a_note(unpacked: Unpacked) -> None:
    (file, old, new) = SUBMITTED[0]
    report = report_on(
        unpacked(edits=[(file, old, f"{new}\nrequired = false")]),
        Rehearsal(runs=(FINISHED.model_copy(update={"deliverables": ()}),), tests=PASSED),
    )
    assert report.ready
    assert found(report, "deliverable")[0][0] == "note"


def test_a_link_is_refused_as_in_grading_and_nothing_runs(unpacked: Unpacked) -> None:
    folder = unpacked()
    (folder / "more.py").symlink_to("total.py")
    report = check_folder(open_packet_folder(folder), _run_nothing)
    assert found(report, "files") == [
        ("to fix", "'more.py' is a symbolic link: put the file itself in its place")
    ]
    assert found(report, "tests")[0][0] == "not run"
    assert not report.complete


def test_changed_data_are_named(unpacked: Unpacked) -> None:
    report = report_on(unpacked(**{"data__amounts.csv": "amount\n1\n"}))
    assert [mark for mark, _ in found(report, "files")] == ["ok", "to fix"]


def test_other_packages_than_the_packets_are_a_note(unpacked: Unpacked) -> None:
    folder = unpacked()
    text = (folder / "TASK.json").read_text()
    (folder / "TASK.json").write_text(
        text.replace('"image_lock": "sha256:', '"image_lock": "sha256:0')
    )
    report = report_on(folder)
    assert (
        "note",
        "the container here has other packages than where the packet was made",
    ) in found(report, "files")
    assert report.ready


def test_an_output_that_was_handed_in_is_left_out(unpacked: Unpacked) -> None:
    report = report_on(unpacked(**{"out__total.json": "{}"}))
    assert ("note", "out/total.json is left out: the run has to make it") in found(report, "files")
    assert report.ready


def test_what_failed_shows_its_last_words(unpacked: Unpacked) -> None:
    facts = {"exit_code": 1, "detail": "Exited with code 1.", "stderr": "ValueError: no rows"}
    done = Rehearsal(
        runs=(FINISHED.model_copy(update=facts),),
        tests=PublicTestsResult(
            passed=False, summary="1 failed in 0.1s", output="E  assert 1 == 2"
        ),
        not_started={"again": "the run before it was cut off"},
        service=ServiceResult(ready=False, detail="it ended with code 1 before it was ready"),
    )
    report = report_on(unpacked(), done)
    shown = {one.part: one for one in report.findings if one.mark is not Mark.OK}
    assert shown["tests"].output == "E  assert 1 == 2"
    assert shown["service"].mark is Mark.FAILED
    runs = [one for one in report.findings if one.part == "run"]
    assert [one.mark for one in runs] == [Mark.FAILED, Mark.NOT_RUN]
    assert runs[0].output == "ValueError: no rows"


def test_a_cell_that_raised_is_named(unpacked: Unpacked) -> None:
    cell = CellFacts(index=4, source="1/0", text="", error="ZeroDivisionError: x", seconds=0.0)
    facts = {"exit_code": 1, "detail": "Exited with code 1.", "cells": (cell,)}
    report = report_on(
        unpacked(), Rehearsal(runs=(FINISHED.model_copy(update=facts),), tests=PASSED)
    )
    assert found(report, "run")[0][1].endswith("Cell 4 raised ZeroDivisionError: x")


def test_a_notebook_that_is_none_is_to_fix(unpacked: Unpacked) -> None:
    folder = unpacked(kind="notebook", **{"analysis.ipynb": "no notebook"})
    report = check_folder(open_packet_folder(folder), _run_nothing)
    assert [mark for mark, _ in found(report, "files")] == ["ok", "to fix"]
    assert not report.ready


def test_a_folder_that_is_no_packet_is_the_wrong_folder(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="unpacked from the packet"):
        open_packet_folder(tmp_path)
    (tmp_path / "here").symlink_to(tmp_path)
    with pytest.raises(SourceError, match="is a link"):
        open_packet_folder(tmp_path / "here")


@pytest.mark.parametrize(
    "change",
    [
        lambda text: "no json",
        lambda text: text.replace('"kind": "repo"', '"kind": "essay"'),
        lambda text: text.replace('"max_words": 150', '"max_words": -1'),
        lambda text: text.replace("{\n", '{\n"seed": 1,\n', 1),
        lambda text: text.replace("{\n", '{\n"id": "sum-column",\n', 1),
    ],
)
def test_a_description_that_was_changed_is_refused(
    unpacked: Unpacked, change: Callable[[str], str]
) -> None:
    folder = unpacked()
    text = (folder / "TASK.json").read_text()
    assert change(text) != text
    (folder / "TASK.json").write_text(change(text))
    with pytest.raises(SourceError, match="not as the packet had it"):
        open_packet_folder(folder)


@pytest.fixture
def without_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/no-engine.sock")
    monkeypatch.setenv("WORKSAMPLE_CATALOG", "/no/such/catalog")


def with_this_python(folder: Path) -> Path:
    """Give the folder a virtual environment: the one that these tests run in."""
    (folder / ".venv").symlink_to(sys.prefix)
    return folder


@pytest.mark.usefixtures("without_engine")
def test_without_an_engine_it_runs_here_and_says_so(
    unpacked: Unpacked, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(with_this_python(unpacked()))
    assert run(["check"]) == 0
    said = capsys.readouterr()
    assert "WARNING: This runs on your machine" in said.err
    assert "No container engine answers" in said.err
    assert "Complete, and the public tests pass." in said.out
    assert "public tests: 1 passed" in said.out
    assert "may the result" in said.out.splitlines()[-1]


@pytest.mark.usefixtures("without_engine")
def test_json_has_pinned_keys_and_nothing_else_on_stdout(
    unpacked: Unpacked, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = with_this_python(unpacked(**{"total.py": "print('no file')\n"}))
    assert run(["check", str(folder), "--local", "--format", "json"]) == 4
    answer = json.loads(capsys.readouterr().out)
    assert sorted(answer) == [
        "candidate", "complete", "findings", "image", "schema", "task", "tests_passed", "warning",
        "where",
    ]  # fmt: skip
    assert (answer["where"], answer["image"], answer["schema"]) == ("local", None, 1)
    assert (answer["complete"], answer["tests_passed"]) == (False, False)
    assert all(
        sorted(one) == ["mark", "output", "part", "text", "to_do"] for one in answer["findings"]
    )
    assert [one["mark"] for one in answer["findings"] if one["part"] == "deliverable"] == [
        "missing"
    ]


def test_refused_files_need_no_engine(
    unpacked: Unpacked, without_engine: None, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = unpacked()
    (folder / "a\u202eb.txt").write_text("")
    assert run(["check", str(folder)]) == 4
    said = capsys.readouterr()
    assert "WARNING" not in said.err
    assert "\u202e" not in said.out
    assert "invisible characters in its name: rename it" in said.out


# A test run in the background of a shell inherits an ignored SIGINT; a user's terminal does not.
START = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from runner.cli import main
main()
"""


def test_ctrl_c_ends_what_runs_here_and_leaves_no_file(unpacked: Unpacked, tmp_path: Path) -> None:
    note, scratch = tmp_path / "pid", tmp_path / "scratch"
    scratch.mkdir()
    code = f"import os, pathlib, time\npathlib.Path({str(note)!r}).write_text(str(os.getpid()))\n"
    folder = with_this_python(unpacked(**{"total.py": f"{code}time.sleep(60)\n"}))
    process = subprocess.Popen(
        [sys.executable, "-c", START, "check", str(folder), "--local"],
        env={**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(scratch)},
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        deadline = time.monotonic() + 60
        while not (note.exists() and note.read_text()):
            assert time.monotonic() < deadline, "it was not started"
            assert process.poll() is None, "it ended before"
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    finally:
        process.kill()
    assert (process.returncode, "Interrupted" in said) == (130, True)
    assert list(scratch.iterdir()) == []
    with pytest.raises(ProcessLookupError):
        os.kill(int(note.read_text()), 0)


def test_a_wrong_folder_is_a_usage_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["check", str(tmp_path)]) == 2
    assert "TASK.json" in capsys.readouterr().err


def test_only_the_command_imports_what_runs_on_the_host() -> None:
    """The linter's contract names modules; this one finds importers that it does not name."""
    importers: dict[str, set[str]] = {"local_place": set(), "local_runs": set()}
    for folder in ("runner", "graders", "sandbox", "tasks"):
        for path in (ROOT / folder).rglob("*.py"):
            if "catalog" not in path.parts:
                for name, found_in in importers.items():
                    if f"runner.{name}" in _imported(path):
                        found_in.add(path.relative_to(ROOT).as_posix())
    assert importers == {
        "local_place": {"runner/local_runs.py", "runner/cli/check.py"},
        "local_runs": {"runner/cli/check.py"},
    }


def _imported(path: Path) -> set[str]:
    """Return what a module imports, in whatever way, and the strings that could name a module."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {node.module or "", *(f"{node.module}.{one.name}" for one in node.names)}
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            names.add(node.value)
    return names


def test_check_needs_no_catalog(unpacked: Unpacked, tmp_path: Path) -> None:
    folder = unpacked()
    shutil.rmtree(tmp_path / "catalog")
    assert report_on(folder).ready
