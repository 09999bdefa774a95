"""Trials: one solution on one seed, and what a seed's data is like; all that judging looks at."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from graders.evidence import ExitKind, Finite, Measurement, Outcome, Part
from tasks.files import files_digest, read_under

if TYPE_CHECKING:
    from collections.abc import Mapping

    from graders.assess import Assessment
    from tasks.model import Task

STARTER: Final = "starter"
_MAX_DETAIL: Final = 300


class EntrantKind(enum.StrEnum):
    """What is tried: the kinds of solutions, and the starter as it goes out."""

    SOUND = "sound"
    FLAWED = "flawed"
    AI_BASELINE = "ai_baseline"
    EMPTY = "empty"
    HOSTILE = "hostile"
    STARTER = STARTER


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrant:
    """Something that is tried: a solution, or the starter."""

    name: str
    kind: EntrantKind
    note: str
    fails: tuple[str, ...]
    files: Mapping[str, bytes]

    @property
    def digest(self) -> str:
        """Digest over its files."""
        return files_digest(self.files)


class TrialCheck(Part):
    """What a check came to."""

    id: str
    outcome: Outcome
    points: Finite
    detail: str = ""
    """Its beginning."""


class TrialRun(Part):
    """What a recorded run used."""

    name: str
    exit_kind: ExitKind
    exit_code: int | None
    wall_time_s: Finite
    memory_peak_bytes: int

    @property
    def finished(self) -> bool:
        """Whether it exited by itself with code 0."""
        return self.exit_kind is ExitKind.EXITED and self.exit_code == 0


class Trial(Part):
    """One solution, or the starter, on one seed."""

    solution: str
    seed: int
    refused: str = ""
    """Why it could not be run at all, if so: a notebook task without a notebook."""
    broken: str = ""
    """Why nobody could judge it, if so: the author's fault."""
    checks: tuple[TrialCheck, ...] = ()
    measurements: tuple[Measurement, ...] = ()
    runs: tuple[TrialRun, ...] = ()
    missing: tuple[str, ...] = ()
    """Prompts without an answer."""
    seconds: Finite = 0.0

    @property
    def outcomes(self) -> dict[str, Outcome]:
        """Outcome by check."""
        return {check.id: check.outcome for check in self.checks}

    @property
    def missed(self) -> frozenset[str]:
        """Checks that were failed, or not run because the work did not get that far."""
        return frozenset(
            check.id for check in self.checks if check.outcome in (Outcome.FAILED, Outcome.NOT_RUN)
        )

    @property
    def points(self) -> float:
        """Points gained."""
        return sum(check.points for check in self.checks)


class VariantTrial(Part):
    """What one seed's data and packet are like."""

    seed: int
    digest: str
    """Over all files of all scenarios, and the facts."""
    again: str = ""
    """Likewise of a second making; empty where there was none."""
    public: dict[str, str]
    """Digests of what the candidate gets, by path: large files, and under "" all of it."""
    leaks: tuple[str, ...] = ()
    """A sentence for each hidden thing in the packet."""
    unsaid: tuple[str, ...] = ()
    """What the brief has to mention and does not."""


class PublicTrial(Part):
    """What `worksample check` says of runs and public tests, with a solution in its packet."""

    solution: str
    seed: int
    passed: bool
    summary: str
    """What is not as it should be, or the last line of the tests."""


def entrants(task: Task) -> tuple[Entrant, ...]:
    """Return the starter and a task's solutions, in their order."""
    starter = Entrant(
        name=STARTER,
        kind=EntrantKind.STARTER,
        note="The starter as it goes out.",
        fails=(),
        files=read_under(task.path, "starter"),
    )
    return (
        *(
            Entrant(
                name=one.name,
                kind=EntrantKind(one.kind.value),
                note=one.note,
                fails=one.fails,
                files=read_under(task.path, f"solutions/{one.name}"),
            )
            for one in task.solutions
        ),
        starter,
    )


def trial_of(found: Assessment, *, solution: str, seed: int, seconds: float) -> Trial:
    """Return what judging needs of an assessment."""
    return Trial(
        solution=solution,
        seed=seed,
        checks=tuple(
            TrialCheck(
                id=check.id,
                outcome=check.outcome,
                points=check.points,
                detail=check.detail[:_MAX_DETAIL],
            )
            for check in found.checks
        ),
        measurements=found.measurements,
        runs=tuple(
            TrialRun(
                name=run.name,
                exit_kind=run.exit_kind,
                exit_code=run.exit_code,
                wall_time_s=run.wall_time_s,
                memory_peak_bytes=run.memory_peak_bytes,
            )
            for run in found.runs
        ),
        missing=found.writeup.missing,
        seconds=round(seconds, 3),
    )
