"""``kill-matrix.json``: the proof of one task, check by solution by seed, and what is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from graders.evidence import Finite, Part
from runner.proof.judge import Kill, Trials, Use, judge, kills, uses
from runner.proof.margins import Margin, find_margins
from runner.proof.trial import EntrantKind, Trial

if TYPE_CHECKING:
    from tasks.model import Task


class MatrixTask(Part):
    """Which task, exactly."""

    id: str
    version: str
    title: str
    digest: str


class MatrixCriterion(Part):
    """What groups the checks."""

    id: str
    title: str


class MatrixCheck(Part):
    """A row: one check, and the mistakes that it catches."""

    id: str
    criterion: str
    proves: str
    precondition: str
    kills: tuple[Kill, ...]


class MatrixSolution(Part):
    """A column: one solution, or the starter."""

    name: str
    kind: EntrantKind
    note: str
    fails: tuple[str, ...]
    digest: str


class KillMatrix(Part):
    """The proof of one task."""

    schema_version: Literal["1.0"] = "1.0"
    task: MatrixTask
    seeds: tuple[int, ...]
    criteria: tuple[MatrixCriterion, ...]
    checks: tuple[MatrixCheck, ...]
    solutions: tuple[MatrixSolution, ...]
    trials: tuple[Trial, ...]
    margins: tuple[Margin, ...]
    uses: tuple[Use, ...]
    repeats: int
    """How often the first sound solution was run on the first seed."""
    problems: tuple[str, ...]
    """Empty if the task is proven."""
    seconds: Finite
    """That this took, without what was kept from before."""
    made: int
    """Trials that were made this time."""
    kept: int
    """Trials that were made before on the same grounds."""


def kill_matrix(
    task: Task, found: Trials, *, seeds: tuple[int, ...], seconds: float, made: int, kept: int
) -> KillMatrix:
    """Judge trials and lay them out."""
    return KillMatrix(
        task=MatrixTask(
            id=task.id, version=task.version, title=task.manifest.title, digest=task.digest
        ),
        seeds=seeds,
        criteria=tuple(MatrixCriterion(id=one.id, title=one.title) for one in task.rubric.criteria),
        checks=tuple(
            MatrixCheck(
                id=check.id,
                criterion=check.criterion,
                proves=check.proves,
                precondition=check.precondition,
                kills=kills(check, found),
            )
            for check in task.checks
        ),
        solutions=tuple(
            MatrixSolution(
                name=one.name, kind=one.kind, note=one.note, fails=one.fails, digest=one.digest
            )
            for one in found.entrants
        ),
        trials=found.trials,
        margins=find_margins(found.entrants, found.trials),
        uses=uses(task, found),
        repeats=len(found.repeats),
        problems=judge(task, found),
        seconds=round(seconds, 1),
        made=made,
        kept=kept,
    )
