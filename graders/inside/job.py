"""What the host tells the grade container: facts about runs, files, claims, the write-up."""

import json
from dataclasses import dataclass, field
from pathlib import Path

from worksample_checks import NotRun

ROOT = Path("/work")


@dataclass(frozen=True)
class Run:
    """One recorded run; seconds and bytes as the host and the engine measured them."""

    name: str
    scenario: str
    exit_kind: str
    exit_code: int | None
    detail: str
    wall_time_s: float
    cpu_time_s: float
    memory_peak_bytes: int
    stdout: str
    stderr: str
    deliverables: dict = field(default_factory=dict)
    """path -> [state, size, sha256, blob]"""
    cells: list = field(default_factory=list)

    @property
    def finished(self):
        """Whether it exited by itself with code 0."""
        return self.exit_kind == "exited" and self.exit_code == 0

    def why_not(self):
        words = (
            f"exited with code {self.exit_code}" if self.exit_kind == "exited" else self.exit_kind
        )
        return f"the run `{self.name}` did not finish: {words}"


class Runs:
    """The recorded runs by name."""

    def __init__(self, runs, not_started):
        self._runs = {run.name: run for run in runs}
        self._not_started = not_started

    def __getitem__(self, name):
        if name in self._not_started:
            raise NotRun(f"the run `{name}` was not started: {self._not_started[name]}")
        return self._runs[name]

    def __iter__(self):
        return iter(self._runs)

    def require(self, name):
        """Return the run if it finished; otherwise the check is not run."""
        run = self[name]
        if not run.finished:
            raise NotRun(run.why_not())
        return run


@dataclass(frozen=True)
class Job:
    """Everything about one submission that the hidden tests may use."""

    nonce: str
    expected: dict
    """check id -> hidden test file"""
    runs: Runs
    handed_in: dict
    """path -> [state, size, sha256, blob] of deliverables that the candidate handed in"""
    claims: dict
    answers: dict
    service: dict | None
    upstream: dict
    """run -> what the task's upstream observed of it"""

    @classmethod
    def load(cls, path):
        raw = json.loads(Path(path).read_text())
        runs = Runs([Run(**run) for run in raw.pop("runs")], raw.pop("not_started"))
        return cls(runs=runs, **raw)
