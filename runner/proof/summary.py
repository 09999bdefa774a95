"""``proof.json`` in a task's folder: what its proof came to, for graders and for readers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from pydantic import ValidationError

from graders.evidence import Catch, Finite, Part
from runner.proof.judge import Kill
from runner.proof.margins import Margin
from runner.proof.trial import STARTER, entrants
from runner.records import to_json
from tasks.files import PROOF_FILE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from graders.evidence import CheckResult
    from runner.proof.matrix import KillMatrix
    from tasks.model import Task

RENEW: Final = "worksample tasks validate {} --write-summary"


class ProofSummary(Part):
    """``proof.json``."""

    schema_version: Literal["1.0"] = "1.0"
    task_id: str
    task_version: str
    task_digest: str
    solutions: dict[str, str]
    """Digest of the files, by name."""
    seeds: int
    catches: dict[str, tuple[Kill, ...]]
    """By check."""
    margins: tuple[Margin, ...]
    seconds: Finite
    """Of all trials together, whenever they were made."""


def summarise(matrix: KillMatrix) -> ProofSummary:
    """Return the summary of a proof."""
    return ProofSummary(
        task_id=matrix.task.id,
        task_version=matrix.task.version,
        task_digest=matrix.task.digest,
        solutions={one.name: one.digest for one in matrix.solutions if one.name != STARTER},
        seeds=len(matrix.seeds),
        catches={check.id: check.kills for check in matrix.checks},
        margins=matrix.margins,
        seconds=round(sum(trial.seconds for trial in matrix.trials), 1),
    )


def write_summary(task: Task, matrix: KillMatrix) -> Path:
    """Write ``proof.json`` into the task's folder and return its path."""
    path = task.path / PROOF_FILE
    path.write_bytes(to_json(summarise(matrix)))
    return path


def read_summary(task: Task) -> ProofSummary | None:
    """Return the summary if it is of this very task; an old or broken one proves nothing."""
    try:
        found = ProofSummary.model_validate_json((task.path / PROOF_FILE).read_bytes())
    except (OSError, ValidationError):
        return None
    return found if found.task_digest == task.digest else None


def outdated(task: Task) -> Iterator[str]:
    """Yield why a task's ``proof.json`` does not hold any longer; nothing if it does."""
    place = f"{task.id}/{PROOF_FILE}"
    remedy = f"renew it with `{RENEW.format(task.id)}`"
    found = read_summary(task)
    if found is None:
        yield f"{place} is not of the task as it stands (task digest); {remedy}."
        return
    now = {one.name: one.digest for one in entrants(task) if one.name != STARTER}
    for name in sorted(now.keys() | found.solutions.keys()):
        if now.get(name) != found.solutions.get(name):
            yield f"{place} knows another solution {name} than there is; {remedy}."


def catches_of(task: Task) -> dict[str, tuple[Catch, ...]]:
    """Return the known mistakes that each check catches, if there is a proof that still holds."""
    found = read_summary(task)
    if found is None:
        return {}
    return {
        check: tuple(Catch(note=one.note, seeds=one.seeds, of=found.seeds) for one in caught)
        for check, caught in found.catches.items()
    }


def with_catches(
    checks: Iterable[CheckResult], catches: Mapping[str, tuple[Catch, ...]]
) -> tuple[CheckResult, ...]:
    """Return the checks with the known mistakes that each catches."""
    return tuple(
        check.model_copy(update={"catches": catches[check.id]}) if check.id in catches else check
        for check in checks
    )
