"""The steps of ``graders.rehearsal`` where there is no container; see ``runner.local_place``."""

from __future__ import annotations

import contextlib
import hashlib
import json
import socket
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

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
from runner.local_place import Ended, LocalPlace, LocalWork, Process, read_so_far, write_file
from tasks.manifest import expand_command, placeholders

if TYPE_CHECKING:
    from tasks.model import Deliverable, Run, ServicePart

_LOOK_S: Final = 1.0


def rehearse_locally(work: LocalWork) -> Rehearsal:
    """Run the public runs, the service and the public tests in a temporary folder.

    Nothing is left behind, and no process that is still in its own group.
    """
    with tempfile.TemporaryDirectory(prefix="worksample-check-") as name:
        place = LocalPlace(Path(name).resolve(), work)
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


def _run(place: LocalPlace, run: Run) -> RunFacts:
    limits = place.work.task.limits
    places = {"data": place.data, "out": "out"}
    command = ("notebook",) if run.command is None else expand_command(run.command, places)
    argv = _notebook_command(place) if run.command is None else command
    try:
        ended = place.run(argv, wall_time_s=limits.wall_time_s)
    except OSError as error:
        words = f"{argv[0]}: {error.strerror}".encode()
        ended = Ended(code=127, seconds=0.0, stdout=b"", stderr=words)
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
    ended: Ended, wall_time_s: float, output_bytes: int
) -> tuple[ExitKind, int | None, str]:
    if ended.code is None:
        return ExitKind.TIMED_OUT, None, f"Stopped at the limit of {wall_time_s:g} s."
    if len(ended.stdout) + len(ended.stderr) > output_bytes:
        return ExitKind.OUTPUT_LIMIT, None, f"Wrote more than {output_bytes} bytes of output."
    if ended.code < 0:
        return ExitKind.SIGNALED, None, f"Ended by signal {-ended.code}."
    return ExitKind.EXITED, ended.code, f"Exited with code {ended.code}." if ended.code else ""


def _notebook_command(place: LocalPlace) -> tuple[str, ...]:
    notebook = place.work.notebook
    assert notebook is not None
    plan = {
        "notebook": str(place.ours / "input.ipynb"),
        "result": str(place.ours / "executed.json"),
        "cwd": str(place.submission),
        "output_bytes": place.work.task.limits.output_bytes,
        "text_bytes": MAX_TEXT_CHARS,
    }
    write_file(place.ours / "input.ipynb", notebook.content)
    write_file(place.ours / "plan.json", json.dumps(plan).encode())
    write_file(place.ours / "notebook.py", guest_source("notebook.py"))
    script, told = str(place.ours / "notebook.py"), str(place.ours / "plan.json")
    return (str(place.work.python), "-I", script, told)


def _cells(place: LocalPlace) -> tuple[CellFacts, ...]:
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


def _try_service(place: LocalPlace, service: ServicePart) -> ServiceResult:
    port = _free_port() if "port" in placeholders(service.command) else service.port
    places = {"data": place.data, "out": "out", "port": str(port)}
    for name, source in readiness_sources().items():
        write_file(place.ours / name, source)
    try:
        with place.started(expand_command(service.command, places)) as process:
            return _wait_ready(place, process, service, port)
    except OSError as error:
        return ServiceResult(ready=False, detail=f"it could not be started: {error.strerror}")


def _wait_ready(
    place: LocalPlace, process: Process, service: ServicePart, port: int
) -> ServiceResult:
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
            said = (read_so_far(process.out) + read_so_far(process.err)).decode("utf-8", "replace")
            signaled = -code if code is not None and code < 0 else None
            state = {"running": code is None, "exit_code": code, "signal": signaled, "output": said}
            last = asked.stdout.decode("utf-8", "replace").strip()
            return not_ready(state, last=last, within_s=service.ready_timeout_s)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _run_tests(place: LocalPlace) -> PublicTestsResult:
    if not (place.submission / PUBLIC_TESTS).is_dir():
        return no_tests(f"there is no folder {PUBLIC_TESTS}/")
    ended = place.run(tests_command(), wall_time_s=TESTS_WALL_TIME_S)
    detail = "" if ended.code is not None else f"Stopped at the limit of {TESTS_WALL_TIME_S:g} s."
    return tests_result(ended.code, ended.stdout, ended.stderr, detail)
