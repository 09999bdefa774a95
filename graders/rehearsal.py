"""Run a submission as its candidate may: the public runs, the service, the public tests.

The same recorder, sessions and limits as in grading, on the candidate's own data. Nothing hidden
takes part: the task comes from the packet, which holds nothing hidden.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from graders.broker import Broker
from graders.evidence import ExitKind
from graders.guests import PYTHON, readiness_sources
from graders.recorded import OUT, record_runs
from graders.session import GUEST_WAIT_S, SUBMISSION, Command, SpoiledError
from sandbox.frames import Frame
from tasks.public import PUBLIC_SCENARIO

if TYPE_CHECKING:
    from collections.abc import Mapping

    from graders.evidence import RunFacts
    from graders.recorded import Recorder, Recording
    from graders.session import CandidateSession
    from tasks.model import ServicePart

PUBLIC_TESTS: Final = "public_tests"
TESTS_WALL_TIME_S: Final = 300.0
"""For all public tests together; they are no part of a grading."""
LOOK_S: Final = 1.0
"""Between looks at whether a service's process still runs."""
_READY_FOLDER: Final = ".readiness"


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicTestsResult:
    """How the public tests went."""

    passed: bool
    """pytest ended with code 0: at least one test, and none failed."""
    summary: str
    """The last line of what pytest said, or what cut it off."""
    output: str = ""
    ran: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceResult:
    """Whether the service got ready."""

    ready: bool
    detail: str
    output: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """Everything that ran."""

    runs: tuple[RunFacts, ...]
    tests: PublicTestsResult
    not_started: dict[str, str] = field(default_factory=dict)
    """Run -> why it could not start."""
    service: ServiceResult | None = None


def rehearse(recorder: Recorder) -> Rehearsal:
    """Record the public runs, start the service, run the public tests in the same container.

    Raises:
        SandboxError: the machine failed.
    """
    task = recorder.task
    stays = task.manifest.runs[-1].name if task.manifest.service is None else None
    recording = record_runs(recorder, stays=stays)
    with recording:
        broker = Broker(recorder, recording)
        try:
            service = _try_service(broker, task.manifest.service)
            tests = _run_tests(recorder, recording, broker)
        finally:
            broker.close()
    return Rehearsal(
        runs=tuple(recording.runs),
        not_started=dict(recording.not_started),
        service=service,
        tests=tests,
    )


def tests_command() -> tuple[str, ...]:
    """Return how the public tests are run, from the submission's root."""
    quiet = ("-q", "--tb=short", "--color=no", "-p", "no:cacheprovider")
    return ("python", "-m", "pytest", *quiet, PUBLIC_TESTS)


def tests_result(
    exit_code: int | None, stdout: bytes, stderr: bytes, detail: str
) -> PublicTestsResult:
    """Return the result of pytest's exit code and words."""
    output = "\n".join(part.decode("utf-8", "replace").strip() for part in (stdout, stderr))
    lines = [line.strip() for line in stdout.decode("utf-8", "replace").splitlines()]
    last = next((line for line in reversed(lines) if line), "pytest said nothing")
    cut_off = exit_code is None and bool(detail)
    return PublicTestsResult(
        passed=exit_code == 0, summary=detail if cut_off else last, output=output.strip()
    )


def no_tests(reason: str) -> PublicTestsResult:
    """Return the result of tests that could not be run."""
    return PublicTestsResult(passed=False, summary=reason, ran=False)


def _run_tests(recorder: Recorder, recording: Recording, broker: Broker) -> PublicTestsResult:
    if not any(item.path.startswith(f"{PUBLIC_TESTS}/") for item in recorder.files):
        return no_tests(f"there is no folder {PUBLIC_TESTS}/")
    if recorder.task.manifest.service is None:
        session = recording.live
    else:
        session = broker.open_service_session()
    if session is None or session.ended:
        return no_tests("the run before them did not finish")
    places = {"DATA_DIR": "/work/data", "OUT_DIR": f"/work/{SUBMISSION}/{OUT}"}
    threads = str(max(1, round(recorder.limits.cpus)))
    result = session.run(
        Command(
            argv=tests_command(),
            wall_time_s=TESTS_WALL_TIME_S,
            env={**places, "OMP_NUM_THREADS": threads, "PYTHONHASHSEED": "0"},
        )
    )
    code = result.exit_code if result.exit_kind is ExitKind.EXITED else None
    return tests_result(code, result.stdout, result.stderr, result.detail)


def _try_service(broker: Broker, service: ServicePart | None) -> ServiceResult | None:
    """Start the service and wait until it is ready; then it is ended.

    The public tests start it themselves, and two of them might need more memory than there is.
    """
    if service is None:
        return None
    started = _ask(broker, "service_start")
    session = broker.open_service_session()
    if started["state"] == "not_started" or session is None:
        return ServiceResult(ready=False, detail=f"It was not started: {started['reason']}.")
    try:
        return _wait_ready(session, broker, service)
    except SpoiledError as error:
        return ServiceResult(ready=False, detail=str(error))
    finally:
        if not session.ended:
            _ask(broker, "service_kill")


def _wait_ready(session: CandidateSession, broker: Broker, service: ServicePart) -> ServiceResult:
    """Ask from inside the container until the service is ready, has failed, or it is too late.

    Raises:
        SpoiledError: the container ran out of memory.
    """
    files = ((name, source, False) for name, source in readiness_sources().items())
    session.place(_READY_FOLDER, files)
    script = f"/work/{_READY_FOLDER}/ready.py"
    started = time.monotonic()
    while True:
        left = service.ready_timeout_s - (time.monotonic() - started)
        seconds = f"{max(0.0, min(LOOK_S, left)):.3f}"
        argv = (PYTHON, "-I", script, str(service.port), service.ready_path, seconds)
        result = session.run(Command(argv=argv, wall_time_s=LOOK_S + GUEST_WAIT_S))
        if session.ended:
            return ServiceResult(ready=False, detail=result.detail)
        if result.exit_code == 0:
            taken = time.monotonic() - started
            return ServiceResult(ready=True, detail=f"ready after {taken:.1f} s")
        state = _ask(broker, "stats")
        if left <= LOOK_S or _has_failed(state):
            last = result.stdout.decode("utf-8", "replace").strip()
            return not_ready(state, last=last, within_s=service.ready_timeout_s)


def not_ready(state: Mapping[str, object], *, last: str, within_s: float) -> ServiceResult:
    """Return the result for a service that did not get ready.

    Args:
        state: ``running``, ``exit_code``, ``signal`` and ``output`` of its process.
        last: The last answer, in words.
        within_s: How long it may take, in seconds.
    """
    if state.get("running"):
        how = f"was not ready within {within_s:g} s ({last})"
    elif state.get("signal"):
        how = f"was ended by signal {state['signal']} before it was ready"
    else:
        how = f"ended with code {state.get('exit_code')} before it was ready"
    return ServiceResult(ready=False, detail=f"it {how}", output=str(state.get("output", "")))


def _has_failed(state: Mapping[str, object]) -> bool:
    """Tell whether the process ended with a failure; one that ended well may have left a child."""
    return not state.get("running") and bool(state.get("exit_code") or state.get("signal"))


def _ask(broker: Broker, op: str) -> Mapping[str, object]:
    """Ask as a hidden test would; there is none here."""
    return broker.answer(Frame(header={"op": op, "scenario": PUBLIC_SCENARIO}))[0]
