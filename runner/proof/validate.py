"""Prove one task: try every solution on every seed, and judge what came of it."""

from __future__ import annotations

import hashlib
import threading
import time
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Final, TypeAlias, TypeVar

from graders.evidence import Part
from runner.errors import CancelledError
from runner.pool import raise_first_error, side_by_side
from runner.proof.bench import Bench
from runner.proof.grounds import grounds
from runner.proof.judge import Trials
from runner.proof.matrix import KillMatrix, kill_matrix
from runner.proof.trial import (
    Entrant,
    EntrantKind,
    PublicTrial,
    Trial,
    VariantTrial,
    entrants,
)
from runner.records import to_json

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from runner.workshop import Workshop
    from tasks.model import Task

Found = TypeVar("Found", bound=Part)
Step: TypeAlias = Trial | PublicTrial | VariantTrial

REPEATS: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How thoroughly a task is proven."""

    seeds: tuple[int, ...]
    repeats: int = REPEATS
    """How often the first sound solution is run on the first seed."""
    workers: int = 1
    again: bool = False
    """Run what is kept from before, too."""

    def count(self, task: Task) -> int:
        """Return how many steps it takes."""
        solutions = len(task.solutions) + 1
        sound = sum(one.kind.value == EntrantKind.SOUND for one in task.solutions)
        return len(self.seeds) * (solutions + 1) + sound + (self.repeats - 1 if sound else 0)


def seeds_for(count: int) -> tuple[int, ...]:
    """Return the seeds of a proof: always the same, 64 bits as candidates have them."""
    return tuple(
        int.from_bytes(hashlib.sha256(f"worksample proof seed {number}".encode()).digest()[:8])
        for number in range(1, count + 1)
    )


def prove_task(
    workshop: Workshop, task: Task, plan: Plan, *, tell: Callable[[str], None] = lambda _: None
) -> KillMatrix:
    """Return the proof of a task, its problems included.

    Args:
        workshop: What it is done with; its records keep the trials.
        task: The task.
        plan: How thoroughly.
        tell: Is told of each step, from several threads; an empty text for what was kept.

    Raises:
        SandboxError: the machine failed.
        GraderError: the variant generator is broken.
        TaskError: the brief or the packet cannot be made.
    """
    started = time.monotonic()
    bench = Bench(workshop.sandbox, workshop.graders, workshop.images)
    shelf = Shelf(workshop, task, bench, again=plan.again, tell=tell)
    everyone = entrants(task)
    sound = [one for one in everyone if one.kind is EntrantKind.SOUND]
    first = plan.seeds[0]
    stop = threading.Event()
    steps: list[Callable[[], Step]] = []
    for seed in plan.seeds:
        steps.append(partial(shelf.examine, seed, again=seed == first))
        steps += [partial(shelf.try_out, seed, one) for one in everyone]
        if seed == first:
            more = range(2, plan.repeats + 1)
            steps += [
                partial(shelf.try_out, seed, one, number=n) for one in sound[:1] for n in more
            ]
            steps += [partial(shelf.rehearse, seed, one) for one in sound]

    def step(work: Callable[[], Step]) -> Step:
        if stop.is_set():
            raise CancelledError("The proof was stopped.")
        try:
            return work()
        except Exception:
            stop.set()
            raise

    futures = side_by_side(
        workshop.sandbox, [partial(step, one) for one in steps], workers=plan.workers, stop=stop
    )
    raise_first_error(futures)
    done = [future.result() for future in futures]
    return kill_matrix(
        task,
        _sort(everyone, sound[:1], done, first),
        seeds=plan.seeds,
        seconds=time.monotonic() - started,
        made=shelf.made,
        kept=shelf.kept,
    )


def _sort(
    everyone: tuple[Entrant, ...],
    sound: Sequence[Entrant],
    done: Sequence[Step],
    first: int,
) -> Trials:
    """Tell trials, repeats and variants apart; the first trial of a solution is no repeat."""
    trials: dict[tuple[str, int], Trial] = {}
    repeats: list[Trial] = []
    for one in done:
        if isinstance(one, Trial):
            trials.setdefault((one.solution, one.seed), one)
            if one.seed == first and one.solution in {entrant.name for entrant in sound}:
                repeats.append(one)
    return Trials(
        entrants=everyone,
        trials=tuple(trials.values()),
        repeats=tuple(repeats),
        variants=tuple(one for one in done if isinstance(one, VariantTrial)),
        rehearsals=tuple(one for one in done if isinstance(one, PublicTrial)),
    )


@dataclass(slots=True)
class Shelf:
    """Trials of one task, each made on first need and kept by its grounds."""

    workshop: Workshop
    task: Task
    bench: Bench
    again: bool = False
    """Make what is kept anew."""
    tell: Callable[[str], None] = lambda _: None
    """Is told of everything asked for: a line on what was made, nothing on what was kept."""
    made: int = 0
    kept: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def try_out(self, seed: int, entrant: Entrant, *, number: int = 1) -> Trial:
        """Return the trial of a solution; ``number`` tells repeats of the same apart.

        A repeat shares no grade container with others: chance has to show.
        """
        key, afresh = self._key(seed, entrant, number), number > 1
        return self._obtain(
            key, Trial, lambda: self.bench.try_out(self.task, seed, entrant, afresh=afresh)
        )

    def find(self, seed: int, entrant: Entrant) -> Trial | None:
        """Return the trial of a solution if it was made before."""
        return self._find(self._key(seed, entrant, 1), Trial)

    def examine(self, seed: int, *, again: bool) -> VariantTrial:
        """Return what a seed's data is like."""
        hidden = sorted(one.digest for one in entrants(self.task))  # what a packet must not hold
        key = grounds(self.workshop, self.task, "variant", str(seed), str(again), *hidden)
        return self._obtain(
            key, VariantTrial, lambda: self.bench.examine(self.task, seed, again=again)
        )

    def rehearse(self, seed: int, entrant: Entrant) -> PublicTrial:
        """Return what the public tests say of a solution in its packet."""
        key = grounds(self.workshop, self.task, "check", entrant.digest, str(seed))
        return self._obtain(key, PublicTrial, lambda: self.bench.rehearse(self.task, seed, entrant))

    def _key(self, seed: int, entrant: Entrant, number: int) -> str:
        parts = ("trial", entrant.digest, str(seed), str(number))
        return grounds(self.workshop, self.task, *parts)

    def _find(self, key: str, kind: type[Found]) -> Found | None:
        raw = None if self.again else self.workshop.records.find_kept(key)
        return None if raw is None else kind.model_validate_json(raw)

    def _obtain(self, key: str, kind: type[Found], make: Callable[[], Found]) -> Found:
        found = self._find(key, kind)
        if found is not None:
            with self._lock:
                self.kept += 1
            self.tell("")
            return found
        made = make()
        if not _is_hasty(made):
            self.workshop.records.keep(key, to_json(made))
        with self._lock:
            self.made += 1
        self.tell(f"{self.task.id}: {words_of(made)}")
        return made


def _is_hasty(made: Part) -> bool:
    """Tell whether it may have been the machine's haste, so that it is tried again."""
    if isinstance(made, PublicTrial):
        return not made.passed
    return isinstance(made, Trial) and bool(made.broken)


def words_of(found: Part) -> str:
    """Return a line on what was made."""
    if isinstance(found, PublicTrial):
        return f"check of {found.solution}: {found.summary}"
    if not isinstance(found, Trial):
        return "data and packet of a seed"
    came_to = found.broken or found.refused
    came_to = came_to or f"fails {', '.join(sorted(found.missed)) or 'nothing'}"
    return f"{found.solution}, seed {found.seed}: {came_to}"
