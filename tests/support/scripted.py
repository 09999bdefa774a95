"""Batches without containers: what an attempt comes to is written in a script."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, ClassVar

from watchers import Quiet

from graders.evidence import State
from graders.grade_containers import GradeContainers
from graders.material import GradingImages
from runner.batch import work
from runner.batch.admission import LEAST_DISK_BYTES, Machine
from runner.pipeline import GradeRequest, Judged, Steps
from runner.workshop import Workshop
from sandbox.fake import FakeSandbox

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pytest

    from runner.records import Records
    from tasks.model import Task

ROOM = Machine(free_memory=lambda: None, idle_share=lambda: None,
               free_disk=lambda: LEAST_DISK_BYTES)  # fmt: skip
PACE = work.Pace(workers=2, backoff_s=0.05, patience_s=5.0)


class Script(Steps):
    """Steps whose attempts do what the script says for the candidate: raise, or be graded."""

    lines: ClassVar[dict[str, list[Any]]] = {}
    attempts: ClassVar[list[str]] = []
    waits_s: ClassVar[list[float]] = []
    """How long each attempt had been waited for."""
    lock: ClassVar[threading.Lock] = threading.Lock()

    def judge(self) -> Judged:
        candidate = self.request.candidate
        with Script.lock:
            Script.attempts.append(candidate)
            Script.waits_s.append(self.queued_s)
            todo = Script.lines.get(candidate)
            line = todo.pop(0) if todo else None
        if callable(line):
            line = line()
        if isinstance(line, BaseException):
            raise line
        key = self._key()
        if not self.request.again:
            found = self.workshop.records.find_graded(key, (State.GRADED.value,))
            if found is not None:
                return self._judged(found.evidence, key, number=found.number)
        return self._judged(self._evidence(State.GRADED), key)


def play(monkeypatch: pytest.MonkeyPatch, **lines: Sequence[Any]) -> type[Script]:
    """Let attempts follow the script; candidates by their code, with _ for -."""
    monkeypatch.setattr(work, "Steps", Script)
    named = {name.replace("_", "-"): list(what) for name, what in lines.items()}
    monkeypatch.setattr(Script, "lines", named)
    monkeypatch.setattr(Script, "attempts", [])
    monkeypatch.setattr(Script, "waits_s", [])
    return Script


def workshop_on(records: Records) -> Workshop:
    sandbox = FakeSandbox()
    return Workshop(
        sandbox=sandbox,
        graders=GradeContainers(sandbox),
        engine=sandbox.info(),
        images=GradingImages(candidate="sha256:c", grade="sha256:g"),
        records=records,
    )


def requests_for(task: Task, folder: Path, *codes: str, again: bool = False) -> list[GradeRequest]:
    """Return a request for each code, whose submission is a folder with a file."""
    for code in codes:
        (folder / code).mkdir(exist_ok=True)
        file = folder / code / "total.py"
        if not file.exists():
            file.write_text(f"print({code!r})\n")
    return [
        GradeRequest(task=task, source=str(folder / code), candidate=code, again=again)
        for code in codes
    ]


__all__ = ["PACE", "ROOM", "Quiet", "Script", "play", "requests_for", "workshop_on"]
