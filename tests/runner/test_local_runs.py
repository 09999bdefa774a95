"""Running one's own work here: as in grading as far as a process can, and nothing left behind."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from unpacked import DONE, PUBLIC, unpack

from graders.evidence import ExitKind
from runner.local_place import LocalWork
from runner.local_runs import rehearse_locally
from runner.packet_folder import open_packet_folder
from tasks.loader import load_task

if TYPE_CHECKING:
    from collections.abc import Callable

    from graders.rehearsal import Rehearsal

    MakeTask = Callable[..., Path]
    Rehearse = Callable[..., Rehearsal]

SERVE = """\
import http.server, sys

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()

http.server.HTTPServer(("127.0.0.1", int(sys.argv[2])), Handler).serve_forever()
"""
PASSES = "def test_shape():\n    pass\n"


@pytest.fixture
def rehearse(make_task: MakeTask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Rehearse:
    """Return a function that runs the small task with changes to the candidate's files."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "scratch"))
    (tmp_path / "scratch").mkdir()

    def run(*, kind: str = "repo", edits: object = (), **files: str) -> Rehearsal:
        task = load_task(make_task(kind=kind, edits=edits))
        changes = {name.replace("__", "/"): content for name, content in files.items()}
        folder = open_packet_folder(unpack(task, tmp_path / "work", files={**DONE, **changes}))
        work = LocalWork(
            task=folder.task,
            files=folder.files,
            notebook=None,
            data=folder.data,
            python=Path(sys.prefix) / "bin" / "python",
        )
        try:
            return rehearse_locally(work)
        finally:
            assert list((tmp_path / "scratch").iterdir()) == []

    return run


def test_a_run_reads_the_data_and_writes_its_deliverable(rehearse: Rehearse) -> None:
    done = rehearse(**{"out__old.txt": "stale"})
    (run,) = done.runs
    assert run.finished
    assert [(one.path, one.state) for one in run.deliverables] == [("out/total.json", "ok")]
    assert run.deliverables[0].bytes == len(b'{"total": 42}')
    assert done.tests.passed
    assert "1 passed" in done.tests.summary
    assert PUBLIC["amounts.csv"] == b"amount\n12\n30\n"


def test_the_out_folder_is_empty_at_the_start(rehearse: Rehearse) -> None:
    code = "import os\nprint(os.listdir('out'))\n"
    done = rehearse(**{"total.py": code, "out__old.txt": "stale"})
    assert done.runs[0].stdout == "[]\n"
    assert done.runs[0].deliverables[0].state == "missing"
    assert not done.tests.passed


@pytest.mark.parametrize(
    ("code", "kind", "words"),
    [
        ("import time\ntime.sleep(60)", ExitKind.TIMED_OUT, "Stopped at the limit of 1 s."),
        ("print('x' * 5000)", ExitKind.OUTPUT_LIMIT, "Wrote more than 1024 bytes of output."),
        ("import os\nos.kill(os.getpid(), 9)", ExitKind.SIGNALED, "Ended by signal 9."),
        ("raise SystemExit(3)", ExitKind.EXITED, "Exited with code 3."),
    ],
)
def test_how_a_run_ended_is_said(rehearse: Rehearse, code: str, kind: ExitKind, words: str) -> None:
    edits = [("task.toml", "wall_time_s = 30", 'wall_time_s = 1\noutput_bytes = "1 KiB"')]
    if kind is not ExitKind.TIMED_OUT:
        edits = [("task.toml", "wall_time_s = 30", 'wall_time_s = 30\noutput_bytes = "1 KiB"')]
    (run,) = rehearse(edits=edits, **{"total.py": code}).runs
    assert (run.exit_kind, run.detail) == (kind, words)
    assert not run.finished


def test_a_command_that_is_not_there_is_the_runs_failure(rehearse: Rehearse) -> None:
    edits = [("task.toml", 'command = ["python", "total.py"', 'command = ["no-such", "total.py"')]
    (run,) = rehearse(edits=edits).runs
    assert not run.finished
    assert "No such file" in run.stderr


def test_a_process_left_behind_is_ended(rehearse: Rehearse, tmp_path: Path) -> None:
    note = tmp_path / "pid"
    code = (
        "import pathlib, subprocess, sys\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        f"pathlib.Path({str(note)!r}).write_text(str(child.pid))\n"
    )
    started = time.monotonic()
    rehearse(**{"total.py": code})
    assert time.monotonic() - started < 30
    pid = int(note.read_text())
    deadline = time.monotonic() + 10
    while _is_alive(pid):
        assert time.monotonic() < deadline, "the child still runs"
        time.sleep(0.05)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    return state != "Z"


def test_a_link_where_a_deliverable_should_be_is_none(rehearse: Rehearse) -> None:
    done = rehearse(**{"total.py": "import os\nos.symlink('/etc/hosts', 'out/total.json')\n"})
    assert done.runs[0].deliverables[0].state == "not_regular"


SERVED = {"train.py": "print('trained')\n", "public_tests__test_shape.py": PASSES}
QUICK = [("task.toml", "ready_timeout_s = 15", "ready_timeout_s = 2")]


def test_a_service_is_started_and_asked(rehearse: Rehearse) -> None:
    done = rehearse(kind="service", **{**SERVED, "serve.py": SERVE})
    assert done.service is not None
    assert done.service.ready
    assert done.tests.passed


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("raise SystemExit('no model')", "it ended with code 1 before it was ready"),
        ("import time\ntime.sleep(60)", "it was not ready within 2 s ([Errno 111] Connection"),
        (SERVE.replace("200", "503"), "it was not ready within 2 s (status 503)"),
    ],
)
def test_a_service_that_does_not_get_ready(rehearse: Rehearse, code: str, words: str) -> None:
    done = rehearse(kind="service", edits=QUICK, **{**SERVED, "serve.py": code})
    assert done.service is not None
    assert not done.service.ready
    assert done.service.detail.startswith(words)


def test_a_service_is_not_started_after_a_run_that_failed(rehearse: Rehearse) -> None:
    files = {**SERVED, "train.py": "raise SystemExit(1)", "serve.py": SERVE}
    done = rehearse(kind="service", **files)
    assert done.service is not None
    assert "was not started" in done.service.detail
