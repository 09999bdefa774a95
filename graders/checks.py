"""Run the hidden tests in a grade container and bring back the verdict."""

from __future__ import annotations

import hashlib
import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from graders.broker import Broker
from graders.errors import GraderError, VerdictError
from graders.grade_containers import GRADE_LIMITS, Job, words_of
from graders.handed_in import submitted_deliverables
from graders.verdict import Judged, read_verdict
from sandbox.errors import GuestGoneError, GuestProtocolError, GuestTimeoutError
from tasks.imports import imported_modules

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from graders.evidence import RunFacts
    from graders.grade_containers import GradeContainers
    from graders.recorded import Recorder, Recording
    from sandbox.base import Container
    from sandbox.frames import Frame
    from tasks.model import Task

_SKIPPED: Final = ("__pycache__", ".pytest_cache")


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRequest:
    """What the hidden tests judge."""

    recorder: Recorder
    recording: Recording
    containers: GradeContainers
    claims: Mapping[str, float]
    answers: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckOutcome:
    """The checked verdict and the nonce it came with."""

    judged: Judged
    nonce: str


def run_checks(request: CheckRequest) -> CheckOutcome:
    """Run the hidden tests.

    Raises:
        GraderError: the hidden tests took too long or gave no verdict: the author's fault.
        SandboxError: the machine failed.
    """
    nonce = secrets.token_hex(16)
    recorder = request.recorder
    broker = Broker(recorder, request.recording)
    service = broker.open_service_session()
    blobs = _Blobs()
    facts = _facts(request, nonce, blobs)
    scenarios = recorder.data.public
    job = Job(
        image=recorder.images.grade,
        work="judge",
        facts=facts,
        files=_files(request, blobs),
        folders=[f"{side}/{name}" for side in ("public", "truth") for name in scenarios],
        modules=imported_modules(recorder.task),
        join_network_of=service.container.id if service else None,
    )
    with request.containers.at_work(job) as container:
        try:
            raw = _converse(container, broker)
        finally:
            broker.close()
    return CheckOutcome(judged=read_verdict(raw, task=recorder.task, nonce=nonce), nonce=nonce)


def _converse(container: Container, broker: Broker) -> bytes:
    """Answer questions until the verdict comes; the seconds of the answers are not the author's."""
    deadline = time.monotonic() + GRADE_LIMITS.wall_time_s
    while True:
        frame = _next(container, deadline + broker.seconds)
        match frame.header.get("t"):
            case "ask":
                header, body = broker.answer(frame)
                container.send(header, body)
            case "verdict":
                return frame.body
            case "ended":
                raise VerdictError(f"The hidden tests gave no verdict: {words_of(frame)}")
            case other:
                raise VerdictError(f"The grade container sent {str(other)[:40]!r}.")


def _next(container: Container, deadline: float) -> Frame:
    try:
        return container.receive(timeout_s=deadline - time.monotonic())
    except GuestTimeoutError as error:
        raise GraderError(
            f"The hidden tests gave no verdict within {GRADE_LIMITS.wall_time_s:g} s."
        ) from error
    except (GuestGoneError, GuestProtocolError) as error:
        raise VerdictError(f"The grade container gave no verdict: {error}.") from error


class _Blobs:
    """Deliverables' bytes by digest: each goes into the container once."""

    def __init__(self) -> None:
        self.contents: dict[str, bytes] = {}

    def add(self, content: bytes) -> str:
        name = hashlib.sha256(content).hexdigest()
        self.contents[name] = content
        return name


def _facts(request: CheckRequest, nonce: str, blobs: _Blobs) -> dict[str, object]:
    task = request.recorder.task
    service = task.manifest.service
    return {
        "nonce": nonce,
        "expected": {check.id: check.file for check in task.checks},
        "runs": [_run(run, request.recording, blobs) for run in request.recording.runs],
        "not_started": request.recording.not_started,
        "handed_in": _handed_in(request, blobs),
        "upstream": {
            run: {**one.head.model_dump(exclude={"t", "records"}), "blob": blobs.add(one.lines)}
            for run, one in request.recording.observed.items()
        },
        "claims": dict(request.claims),
        "answers": dict(request.answers),
        "service": None
        if service is None
        else {
            "port": service.port,
            "ready_path": service.ready_path,
            "ready_timeout_s": service.ready_timeout_s,
        },
    }


def _run(run: RunFacts, recording: Recording, blobs: _Blobs) -> dict[str, object]:
    facts = run.model_dump(
        mode="json", exclude={"command", "output_truncated", "leftover_processes", "cells"}
    )
    facts["cells"] = [cell.model_dump(mode="json", exclude={"png"}) for cell in run.cells]
    facts["deliverables"] = {
        item.path: _entry(
            item.state, item.bytes, recording.contents.get((run.name, item.path)), blobs
        )
        for item in run.deliverables
    }
    return facts


def _entry(state: str, size: int, content: bytes | None, blobs: _Blobs) -> list[object]:
    if content is None:
        return [state, size, None, None]
    name = blobs.add(content)
    return [state, size, name, name]


def _handed_in(request: CheckRequest, blobs: _Blobs) -> dict[str, object]:
    recorder = request.recorder
    return {
        item.path: _entry(
            item.state, item.size, item.content if item.state == "ok" else None, blobs
        )
        for item in submitted_deliverables(recorder.task, recorder.files)
    }


def _files(request: CheckRequest, blobs: _Blobs) -> Iterator[tuple[str, bytes]]:
    yield from hidden_files(request.recorder.task)
    data = request.recorder.data
    for side, scenarios in (("public", data.public), ("truth", data.truth)):
        for scenario, files in scenarios.items():
            for path, content in files.items():
                yield f"{side}/{scenario}/{path}", content
    for name, content in blobs.contents.items():
        yield f"blobs/{name}", content


def hidden_files(task: Task) -> Iterator[tuple[str, bytes]]:
    """Yield the hidden tests as (path in the grade container, content)."""
    folder = task.path / "hidden_tests"
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        if path.is_file() and not set(_SKIPPED) & set(relative.parts):
            yield f"hidden/{relative.as_posix()}", path.read_bytes()
