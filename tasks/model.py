"""A task in memory: what its files say, checked against each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tasks.manifest import (
    AiPolicy,
    Deliverable,
    Image,
    Limits,
    Manifest,
    MediaType,
    NotebookPart,
    ProducedBy,
    Run,
    SandboxPart,
    ServicePart,
    TaskKind,
    UpstreamPart,
)
from tasks.rubric import Claim, Criterion, Prompt, Rubric, SolutionEntry, SolutionKind, Solutions

if TYPE_CHECKING:
    from pathlib import Path

__all__ = [
    "AiPolicy",
    "CheckSpec",
    "Claim",
    "Criterion",
    "Deliverable",
    "Image",
    "Limits",
    "Manifest",
    "MediaType",
    "NotebookPart",
    "ProducedBy",
    "Prompt",
    "Rubric",
    "Run",
    "SandboxPart",
    "ServicePart",
    "Solution",
    "SolutionEntry",
    "SolutionKind",
    "Solutions",
    "Task",
    "TaskKind",
    "UpstreamPart",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckSpec:
    """One hidden test, as its marker and docstring declare it."""

    id: str
    criterion: str
    points: float
    proves: str
    """The docstring."""
    file: str
    """Name of the file in ``hidden_tests/``."""
    function: str
    precondition: str = ""
    """Why no flawed solution need fail it alone; empty for the ordinary check, which one must."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Solution:
    """An author's answer with its expected verdict."""

    name: str
    kind: SolutionKind
    note: str
    fails: tuple[str, ...] = ()
    """Ids of the checks that must fail."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One piece of work, as loaded from its folder."""

    path: Path
    manifest: Manifest
    rubric: Rubric
    checks: tuple[CheckSpec, ...]
    """In the order of files and lines."""
    solutions: tuple[Solution, ...]
    digest: str
    """``sha256:`` over the folder without ``solutions/``, the proof and leftovers."""

    @property
    def id(self) -> str:
        """Return the id, which is also the folder's name."""
        return self.manifest.id

    @property
    def version(self) -> str:
        """Return the version, which is part of every candidate's seed."""
        return self.manifest.version

    @property
    def kind(self) -> TaskKind:
        """Return what a candidate hands in."""
        return self.manifest.kind

    @property
    def limits(self) -> Limits:
        """Return what one run may use."""
        return self.manifest.limits

    @property
    def max_points(self) -> float:
        """Return the points of all checks together."""
        return sum(check.points for check in self.checks)

    @property
    def scenarios(self) -> tuple[str, ...]:
        """Return the scenarios of the recorded runs, each once, in order."""
        return tuple(dict.fromkeys(run.scenario for run in self.manifest.runs))

    @property
    def run_deliverables(self) -> tuple[Deliverable, ...]:
        """Return the files that are collected after each run."""
        return self._produced_by(ProducedBy.RUN)

    @property
    def submitted_deliverables(self) -> tuple[Deliverable, ...]:
        """Return the files that the candidate hands in."""
        return self._produced_by(ProducedBy.SUBMISSION)

    def _produced_by(self, source: ProducedBy) -> tuple[Deliverable, ...]:
        return tuple(one for one in self.manifest.deliverables if one.produced_by is source)

    def solution_path(self, solution: Solution) -> Path:
        """Return the folder of an author's answer."""
        return self.path / "solutions" / solution.name
