"""Run a candidate's own work on the candidate's own machine, where there is no engine for it.

The exception to the rule that the host never executes a submission: ``worksample check`` is for
whoever wrote the code and runs it all day anyway. It says so before, and nobody is judged by what
comes out. Nothing that grades imports this module; a contract of the linter and a test hold that.

The steps are those of ``graders.rehearsal`` without walls: no limits but those on time and output,
the packages of a virtual environment instead of the image's.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import signal
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

from graders.evidence import CellFacts, DeliverableFacts, DeliverableState, ExitKind, RunFacts
from graders.executed import MAX_TEXT_CHARS, ExecutedRefusedError, read_executed
from graders.guests import guest_source, readiness_sources
from graders.rehearsal import (
    PUBLIC_TESTS,
    TESTS_WALL_TIME_S,
    PublicTestsResult,
    Rehearsal,
    ServiceResult,
    no_tests,
    not_ready,
    tests_command,
    tests_result,
)
from tasks.manifest import expand_command, placeholders

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from graders.material import SubmissionFile
    from graders.notebook import RebuiltNotebook
    from tasks.model import Deliverable, Run, ServicePart, Task

_LOOK_S: Final = 1.0
_FOREIGN: Final = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalWork:
    """What to run, and on which Python."""

    task: Task
    files: tuple[SubmissionFile, ...]
    notebook: RebuiltNotebook | None
    data: Mapping[str, bytes]
    python: Path
    """Of a virtual environment."""


def rehearse_locally(work: LocalWork) -> Rehearsal:
    """Run the public runs, the service and the public tests in a temporary folder.

    Nothing is left behind, and no process that is still in its own group.
    """
    with tempfile.TemporaryDirectory(prefix="worksample-check-") as name:
        place = _Place(Path(name).resolve(), work)
        runs: list[RunFacts] = []
        for run in work.task.manifest.runs:
            if run.continues is None or not runs:
                place.fill()
            runs.append(_run(place, run))
        part = work.task.manifest.service
        if part is not None and not runs[-1].finished:
            reason = "it was not started, for the run before it did not finish"
            service: ServiceResult | None = ServiceResult(ready=False, detail=reason)
        else:
            service = _try_service(place, part) if part is not None else None
        return Rehearsal(runs=tuple(runs), service=service, tests=_run_tests(place))


class _Place:
    """A temporary folder with the submission and its data, and commands that run in it."""

    def __init__(self, root: Path, work: LocalWork) -> None:
        self.work = work
        self.submission = root / "submission"
        self.out = self.submission / "out"
        self.ours = root / "ours"
        self._root = root
        self._count = 0

    def fill(self) -> None:
        """Put the files in place, in a fresh folder."""
        self._count += 1
        self.submission = self._root / f"submission-{self._count}"
        self.out = self.submission / "out"
        produced = {one.path for one in self.work.task.run_deliverables}
        for item in self.work.files:
            inside_out = item.path.startswith("out/")
            if item.path not in produced and not inside_out:
                _write(self.submission / item.path, item.content, executable=item.executable)
        for path, content in self.work.data.items():
            _write(self._root / "data" / path, content)
        self.out.mkdir(parents=True)

    @property
    def data(self) -> str:
        """The folder of the data."""
        return str(self._root / "data")

    @property
    def env(self) -> dict[str, str]:
        """What commands find in their environment."""
        folder = self.work.python.parent
        mine = {key: value for key, value in os.environ.items() if key not in _FOREIGN}
        path = os.pathsep.join([str(folder), os.environ.get("PATH", os.defpath)])
        threads = str(max(1, round(self.work.task.limits.cpus)))
        return mine | {
            "PATH": path,
            "VIRTUAL_ENV": str(folder.parent),
            "DATA_DIR": self.data,
            "OUT_DIR": str(self.out),
            "IPYTHONDIR": str(self.ours / "ipython"),
            "MPLBACKEND": "Agg",
            "PYTHONUNBUFFERED": "1",
            "OMP_NUM_THREADS": threads,
        }

    def run(self, argv: Sequence[str], *, wall_time_s: float) -> _Ended:
        """Run a command to its end or to the limit of time; what it leaves running is ended."""
        started = time.monotonic()
        with self.started(argv) as process:
            try:
                code: int | None = process.popen.wait(wall_time_s)
            except subprocess.TimeoutExpired:
                code = None
            seconds = time.monotonic() - started
            end_group(process.popen)
            return _Ended(
                code=code, seconds=seconds, stdout=_read(process.out), stderr=_read(process.err)
            )

    @contextlib.contextmanager
    def started(self, argv: Sequence[str]) -> Iterator[_Process]:
        """Give a process in a group of its own, which is ended with the block."""
        with (
            tempfile.TemporaryFile(dir=self._root) as out,
            tempfile.TemporaryFile(dir=self._root) as err,
        ):
            popen = subprocess.Popen(
                argv, cwd=self.submission, env=self.env, stdin=subprocess.DEVNULL,
                stdout=out, stderr=err, start_new_session=True,
            )  # fmt: skip
            try:
                yield _Process(popen=popen, out=out, err=err)
            finally:
                end_group(popen)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Process:
    popen: subprocess.Popen[bytes]
    out: IO[bytes]
    err: IO[bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ended:
    """How a command ended; no code if it was stopped for its time."""

    code: int | None
    seconds: float
    stdout: bytes
    stderr: bytes


def end_group(process: subprocess.Popen[bytes]) -> None:
    """End a process and its group."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _run(place: _Place, run: Run) -> RunFacts:
    limits = place.work.task.limits
    places = {"data": place.data, "out": "out"}
    command = ("notebook",) if run.command is None else expand_command(run.command, places)
    argv = _notebook_command(place) if run.command is None else command
    try:
        ended = place.run(argv, wall_time_s=limits.wall_time_s)
    except OSError as error:
        words = f"{argv[0]}: {error.strerror}".encode()
        ended = _Ended(code=127, seconds=0.0, stdout=b"", stderr=words)
    kind, code, detail = _classify(ended, limits.wall_time_s, limits.output_bytes)
    return RunFacts(
        name=run.name,
        scenario=run.scenario,
        command=command,
        exit_kind=kind,
        exit_code=code,
        detail=detail,
        wall_time_s=round(ended.seconds, 3),
        cpu_time_s=0.0,
        memory_peak_bytes=0,
        stdout=ended.stdout.decode("utf-8", "replace"),
        stderr=ended.stderr.decode("utf-8", "replace"),
        output_truncated=kind is ExitKind.OUTPUT_LIMIT,
        deliverables=tuple(
            _collect(place.submission, one) for one in place.work.task.run_deliverables
        ),
        cells=_cells(place),
    )


def _classify(
    ended: _Ended, wall_time_s: float, output_bytes: int
) -> tuple[ExitKind, int | None, str]:
    if ended.code is None:
        return ExitKind.TIMED_OUT, None, f"Stopped at the limit of {wall_time_s:g} s."
    if len(ended.stdout) + len(ended.stderr) > output_bytes:
        return ExitKind.OUTPUT_LIMIT, None, f"Wrote more than {output_bytes} bytes of output."
    if ended.code < 0:
        return ExitKind.SIGNALED, None, f"Ended by signal {-ended.code}."
    return ExitKind.EXITED, ended.code, f"Exited with code {ended.code}." if ended.code else ""


def _notebook_command(place: _Place) -> tuple[str, ...]:
    notebook = place.work.notebook
    assert notebook is not None
    plan = {
        "notebook": str(place.ours / "input.ipynb"),
        "result": str(place.ours / "executed.json"),
        "cwd": str(place.submission),
        "output_bytes": place.work.task.limits.output_bytes,
        "text_bytes": MAX_TEXT_CHARS,
    }
    _write(place.ours / "input.ipynb", notebook.content)
    _write(place.ours / "plan.json", json.dumps(plan).encode())
    _write(place.ours / "notebook.py", guest_source("notebook.py"))
    script, told = str(place.ours / "notebook.py"), str(place.ours / "plan.json")
    return (str(place.work.python), "-I", script, told)


def _cells(place: _Place) -> tuple[CellFacts, ...]:
    result, notebook = place.ours / "executed.json", place.work.notebook
    if notebook is None or not result.is_file():
        return ()
    with contextlib.suppress(ExecutedRefusedError):
        return read_executed(result.read_bytes(), notebook.code).cells
    return ()


def _collect(folder: Path, wanted: Deliverable) -> DeliverableFacts:
    path = folder / wanted.path
    state: DeliverableState = "ok"
    size, sha256 = 0, None
    if not path.exists() and not path.is_symlink():
        state = "missing"
    elif path.is_symlink() or not path.is_file():
        state = "not_regular"
    else:
        size = path.stat().st_size
        state = "too_large" if size > wanted.max_bytes else "ok"
    if state == "ok":
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    return DeliverableFacts(path=wanted.path, state=state, bytes=size, sha256=sha256)


def _try_service(place: _Place, service: ServicePart) -> ServiceResult:
    port = _free_port() if "port" in placeholders(service.command) else service.port
    places = {"data": place.data, "out": "out", "port": str(port)}
    for name, source in readiness_sources().items():
        _write(place.ours / name, source)
    try:
        with place.started(expand_command(service.command, places)) as process:
            return _wait_ready(place, process, service, port)
    except OSError as error:
        return ServiceResult(ready=False, detail=f"it could not be started: {error.strerror}")


def _wait_ready(place: _Place, process: _Process, service: ServicePart, port: int) -> ServiceResult:
    script = str(place.ours / "ready.py")
    started = time.monotonic()
    while True:
        left = service.ready_timeout_s - (time.monotonic() - started)
        seconds = f"{max(0.0, min(_LOOK_S, left)):.3f}"
        argv = (str(place.work.python), "-I", script, str(port), service.ready_path, seconds)
        asked = place.run(argv, wall_time_s=_LOOK_S + 30)
        code = process.popen.poll()
        if asked.code == 0 and not code:
            return ServiceResult(
                ready=True, detail=f"ready after {time.monotonic() - started:.1f} s"
            )
        if left <= _LOOK_S or code:
            said = (_read(process.out) + _read(process.err)).decode("utf-8", "replace")
            signaled = -code if code is not None and code < 0 else None
            state = {"running": code is None, "exit_code": code, "signal": signaled, "output": said}
            last = asked.stdout.decode("utf-8", "replace").strip()
            return not_ready(state, last=last, within_s=service.ready_timeout_s)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _run_tests(place: _Place) -> PublicTestsResult:
    if not (place.submission / PUBLIC_TESTS).is_dir():
        return no_tests(f"there is no folder {PUBLIC_TESTS}/")
    ended = place.run(tests_command(), wall_time_s=TESTS_WALL_TIME_S)
    detail = "" if ended.code is not None else f"Stopped at the limit of {TESTS_WALL_TIME_S:g} s."
    return tests_result(ended.code, ended.stdout, ended.stderr, detail)


def _read(file: IO[bytes], *, at_most: int = 64 << 20) -> bytes:
    """Return what a process has written so far, which is the end of the file it writes to."""
    return os.pread(file.fileno(), at_most, 0)


def _write(path: Path, content: bytes, *, executable: bool = False) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    path.chmod(0o755 if executable else 0o644)
