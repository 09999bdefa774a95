"""The certificate of one candidate's variant: its checks hold on that very data.

The first sound solution passes everything on it, and every flawed one fails what is named for it.
"""

from __future__ import annotations

import hashlib
import threading
from functools import partial
from typing import TYPE_CHECKING, Literal

from graders.evidence import Outcome, Part
from runner.errors import ProofError
from runner.pool import raise_first_error, side_by_side
from runner.proof.bench import Bench
from runner.proof.judge import entrant_problems
from runner.proof.trial import Entrant, EntrantKind, Trial, entrants
from runner.proof.validate import Shelf
from runner.records import to_json
from runner.variants import obtain_variant, seed_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from runner.variants import Variant
    from runner.workshop import Workshop
    from tasks.model import Task


class CertifiedSolution(Part):
    """A solution and what it came to on the variant."""

    name: str
    digest: str
    outcomes: dict[str, Outcome]
    """By check."""


class Certificate(Part):
    """Proof of one variant; the same trials give the same bytes."""

    schema_version: Literal["1.0"] = "1.0"
    task_id: str
    task_version: str
    task_digest: str
    variant: str
    """The variant's id; the seed itself stays secret."""
    image_digest: str
    grade_image_digest: str
    solutions: tuple[CertifiedSolution, ...]

    @property
    def sha256(self) -> str:
        """Digest by which evidence names it."""
        return hashlib.sha256(to_json(self)).hexdigest()


def certify(
    workshop: Workshop,
    task: Task,
    candidate: str,
    *,
    ready_only: bool = False,
    workers: int = 1,
    tell: Callable[[str], None] = lambda _: None,
) -> Certificate:
    """Return the certificate of a candidate's variant, on record; what was tried before is reused.

    Args:
        workshop: What it is done with.
        task: The task.
        candidate: The candidate's code.
        ready_only: Refuse what was not proven before instead of proving it.
        workers: How many solutions to try at the same time.
        tell: Is told of each solution, from several threads; an empty text for what was kept.

    Raises:
        ProofError: the task has no sound solution, the variant is not proven yet and has to be,
            or something did not hold on it.
        SandboxError: the machine failed.
        GraderError: the variant generator is broken.
    """
    chosen = certifying(task)
    if not chosen:
        raise ProofError(
            f"{task.id} has no sound solution, so nothing shows that a variant of it can be "
            "solved; add solutions, or send it with --unproven."
        )
    variant = obtain_variant(workshop, task, candidate)
    seed = seed_of(workshop, task, candidate)
    bench = Bench(
        workshop.sandbox, workshop.graders, workshop.images, {(task.id, seed): variant.data}
    )

    def say(words: str) -> None:
        tell(_without_seed(words, seed, variant))

    shelf = Shelf(workshop, task, bench, tell=say)
    if ready_only and any(shelf.find(seed, one) is None for one in chosen):
        raise ProofError(
            f"The variant of {candidate} is not proven yet; run `worksample tasks prove {task.id} "
            f"--candidate {candidate}`, or leave out --ready-only."
        )
    jobs = [partial(shelf.try_out, seed, one) for one in chosen]
    futures = side_by_side(workshop.sandbox, jobs, workers=workers, stop=threading.Event())
    raise_first_error(futures)
    trials = [future.result() for future in futures]
    problems = [
        _without_seed(problem, seed, variant)
        for one, trial in zip(chosen, trials, strict=True)
        for problem in entrant_problems(one, [trial], exact=False)
    ]
    if problems:
        raise ProofError(f"The variant of {candidate} is not proven. {' '.join(problems)}")
    certificate = _certificate(workshop, task, variant, list(zip(chosen, trials, strict=True)))
    workshop.records.keep(_key(task, variant), to_json(certificate))
    return certificate


def certificate_sha256(workshop: Workshop, task: Task, variant: Variant) -> str:
    """Return the digest of a variant's certificate on record; empty if there is none."""
    found = workshop.records.find_kept(_key(task, variant))
    return "" if found is None else hashlib.sha256(found).hexdigest()


def certifying(task: Task) -> tuple[Entrant, ...]:
    """Return the first sound solution and all flawed ones; nothing without a sound one."""
    everyone = entrants(task)
    sound = [one for one in everyone if one.kind is EntrantKind.SOUND]
    flawed = [one for one in everyone if one.kind is EntrantKind.FLAWED]
    return (sound[0], *flawed) if sound else ()


def _certificate(
    workshop: Workshop, task: Task, variant: Variant, found: Sequence[tuple[Entrant, Trial]]
) -> Certificate:
    return Certificate(
        task_id=task.id,
        task_version=task.version,
        task_digest=task.digest,
        variant=variant.id,
        image_digest=workshop.images.candidate,
        grade_image_digest=workshop.images.grade,
        solutions=tuple(
            CertifiedSolution(name=one.name, digest=one.digest, outcomes=trial.outcomes)
            for one, trial in found
        ),
    )


def _key(task: Task, variant: Variant) -> str:
    return hashlib.sha256(f"certificate\0{task.digest}\0{variant.id}".encode()).hexdigest()


def _without_seed(words: str, seed: int, variant: Variant) -> str:
    """Return words with the variant's id in the place of the seed, which is secret."""
    return words.replace(f"seed {seed}", f"variant {variant.id}").replace(str(seed), variant.id)
