"""The hostile corpus: what a case is, and what its evidence is held against.

A case is a folder ``cases/<group>/<name>/`` with ``case.toml`` and the submission's files in
``files/``, laid over one of the task's own solutions; or with ``make.py``, whose
``make(folder, base)`` builds in ``folder`` what is handed in and returns its path.

``case.toml``::

    tries = "One sentence: what it tries. Of an honest case: what it does."
    task = "lib"                   # lib | notebook | service
    base = "flawed_off_by_one"     # the solution it is laid over; "" for none
    honest = false                 # an honest case gets every point of its base
    wall_time_s = 60               # of each run, where the task's is too little for a slow machine

    [expect]                       # of the evidence; what is left out is not looked at
    state = "graded"               # the default
    points = 0                     # exactly; else at most those of the base alone
    outcomes = { call-total = "failed" }
    details = { call-total = "text that occurs in the check's detail" }
    runs = { public = "timed_out" }
    run_details = { public = "text" }
    stdout = "text that occurs in the run's output"
    reason = "text"                # of not_gradable
    problems = ["text"]            # of an invalid submission: each occurs, and there are no more
    flags = ["tamper_suspected"]   # these are raised
    flag_text = "text"             # occurs in one of the flags
    notes = ["text"]               # each occurs in a note
    absent = ["text"]              # occur nowhere in the evidence
    page_shows = ["text"]          # each occurs in the report's page
    page_absent = ["text"]         # occur nowhere in it
    untouched = "marker"           # no such file in the folder that `make` was given
    within_s = 30                  # seconds of the whole grading
"""

from __future__ import annotations

import importlib.util
import tomllib
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hostile_pages import page_dangers
from pydantic import BaseModel, ConfigDict, Field

from graders.evidence import Evidence, State
from runner.report import render_submission

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tasks.model import Task

HERE: Final = Path(__file__).parent.parent / "hostile"
CANARY: Final = b"CANARY-" + b"c1f0a7-hidden"
"""Stands in every hidden test and every truth file of the corpus' tasks."""
SOUND: Final = "sound_plain"


class Expected(BaseModel):
    """The ``[expect]`` table."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    state: State = State.GRADED
    points: float | None = None
    outcomes: dict[str, str] = Field(default_factory=dict)
    details: dict[str, str] = Field(default_factory=dict)
    runs: dict[str, str] = Field(default_factory=dict)
    run_details: dict[str, str] = Field(default_factory=dict)
    stdout: str = ""
    reason: str = ""
    problems: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    flag_text: str = ""
    notes: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    page_shows: tuple[str, ...] = ()
    page_absent: tuple[str, ...] = ()
    untouched: str = ""
    within_s: float = 60.0


class CaseFile(BaseModel):
    """``case.toml``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tries: str = Field(min_length=20)
    task: str = "lib"
    base: str = "flawed_off_by_one"
    honest: bool = False
    wall_time_s: float | None = None
    expect: Expected = Expected()


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One submission of the corpus."""

    group: str
    name: str
    folder: Path
    file: CaseFile

    @property
    def id(self) -> str:
        """Group and name."""
        return f"{self.group}/{self.name}"

    def task(self, tasks: Mapping[str, Task]) -> Task:
        """Return its task, with the case's own time for each run if it names one."""
        task = tasks[self.file.task]
        if self.file.wall_time_s is None:
            return task
        limits = task.limits.model_copy(update={"wall_time_s": self.file.wall_time_s})
        return replace(task, manifest=task.manifest.model_copy(update={"limits": limits}))

    def build(self, folder: Path) -> str:
        """Write what is handed in below ``folder`` and return its path."""
        base = solution_files(self.file.task, self.file.base)
        maker = self.folder / "make.py"
        if maker.exists():
            return str(_load(maker).make(folder, base))
        files = {**base, **read_folder(self.folder / "files")}
        return str(write_files(folder / "submission", files))


def all_cases() -> list[Case]:
    """Return every case, sorted."""
    return [
        Case(
            group=path.parent.parent.name,
            name=path.parent.name,
            folder=path.parent,
            file=CaseFile.model_validate(tomllib.loads(path.read_text())),
        )
        for path in sorted(HERE.glob("cases/*/*/case.toml"))
    ]


def solution_files(task: str, name: str) -> dict[str, bytes]:
    """Return the files of a solution of one of the corpus' tasks."""
    return read_folder(HERE / "tasks" / task / "solutions" / name) if name else {}


def read_folder(folder: Path) -> dict[str, bytes]:
    """Return the files below a folder by relative path."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }


def write_files(folder: Path, files: Mapping[str, bytes]) -> Path:
    """Write files below a folder and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return folder


def _load(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location(f"make_{path.parent.name}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@dataclass(slots=True)
class Watch:
    """Every byte that went to, or came from, a container that a candidate can reach."""

    leaks: list[str] = field(default_factory=list)

    def look(self, way: str, *parts: bytes) -> None:
        """Note the canary if it occurs."""
        if any(CANARY in part for part in parts):
            self.leaks.append(f"the canary went {way}")


def deviations(case: Case, evidence: Evidence, base_points: float) -> Iterator[str]:
    """Yield every way in which the evidence is not what the case expects."""
    expect = case.file.expect
    if evidence.state is not expect.state:
        yield f"state {evidence.state} ({evidence.reason} {evidence.problems})"
        return
    yield from _points(case, evidence, base_points)
    yield from _problems(expect.problems, evidence.problems)
    checks = {check.id: check for check in evidence.checks}
    runs = {run.name: run for run in evidence.runs}
    for name, outcome in expect.outcomes.items():
        if checks[name].outcome != outcome:
            yield f"{name} {checks[name].outcome}: {checks[name].detail[:200]}"
    for name, kind in expect.runs.items():
        if runs[name].exit_kind != kind:
            run = runs[name]
            yield f"run {name} {run.exit_kind}: {run.detail} {run.stderr[-300:]}"
    shown: list[tuple[str, str]] = [
        *((text, checks[name].detail) for name, text in expect.details.items()),
        *((text, runs[name].detail) for name, text in expect.run_details.items()),
        (expect.stdout, "".join(run.stdout for run in evidence.runs)),
        (expect.reason, evidence.reason),
        (expect.flag_text, "\n".join(flag.text for flag in evidence.flags)),
        *((text, "\n".join(evidence.notes)) for text in expect.notes),
    ]
    for text, where in shown:
        if text not in where:
            yield f"{text!r} is not in {where[-300:]!r}"
    for flag in expect.flags:
        if flag not in {one.id for one in evidence.flags}:
            yield f"no flag {flag}, only {[one.id for one in evidence.flags]}"
    whole = evidence.model_dump_json()
    yield from (f"{text!r} occurs in the evidence" for text in expect.absent if text in whole)


def _points(case: Case, evidence: Evidence, base_points: float) -> Iterator[str]:
    wanted = case.file.expect.points
    if case.file.honest and wanted is None and evidence.state is State.GRADED:
        wanted = base_points
    if wanted is not None and evidence.points != wanted:
        failed = {check.id: check.detail[:150] for check in evidence.checks if not check.points}
        yield f"{evidence.points:g} points instead of {wanted:g}: {failed}"
    if evidence.points > base_points:
        yield f"{evidence.points:g} points, {base_points:g} without the hostile part"


def _problems(wanted: tuple[str, ...], found: tuple[str, ...]) -> Iterator[str]:
    if wanted and len(found) != len(wanted):
        yield f"{len(found)} problems instead of {len(wanted)}"
    missing = [text for text in wanted if not any(text in problem for problem in found)]
    if missing:
        yield f"{missing} not in {found}"


def traces(case: Case, evidence: Evidence, folder: Path) -> Iterator[str]:
    """Yield what the submission left in its report's page, or on this machine."""
    expect = case.file.expect
    page = render_submission(evidence)
    yield from page_dangers(page)
    yield from (f"the page lacks {text!r}" for text in expect.page_shows if text not in page)
    yield from (f"the page holds {text!r}" for text in expect.page_absent if text in page)
    if expect.untouched and (folder / expect.untouched).exists():
        yield f"{expect.untouched} was made: something of the submission's ran on this machine"


def in_words(evidence: Evidence) -> str:
    """Return one line on the evidence, for the table."""
    kinds = sorted({run.exit_kind.value for run in evidence.runs} - {"exited"})
    flags = sorted({flag.id for flag in evidence.flags})
    points = f"{evidence.points:g}/{evidence.max_points:g}" if evidence.checks else ""
    return " ".join([evidence.state.value, points, *kinds, *flags]).strip()
