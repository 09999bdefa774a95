"""Judge trials: every way in which a task is not proven, as a sentence with its remedy.

Nothing is run here: trials in, sentences out.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from graders.evidence import Outcome, Part
from runner.proof.margins import Margin, contradictions, find_margins, margin_problems
from runner.proof.trial import EntrantKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from runner.proof.trial import Entrant, PublicTrial, Trial, VariantTrial
    from tasks.model import CheckSpec, Task

LIMIT_FACTOR: Final = 3
"""Limits are at least this many times what sound solutions used."""
_GAINS_NOTHING: Final = (EntrantKind.EMPTY, EntrantKind.STARTER, EntrantKind.HOSTILE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trials:
    """Everything that was tried of one task."""

    entrants: tuple[Entrant, ...]
    trials: tuple[Trial, ...]
    repeats: tuple[Trial, ...] = ()
    """Of the first sound solution on the first seed."""
    variants: tuple[VariantTrial, ...] = ()
    rehearsals: tuple[PublicTrial, ...] = ()
    """Of the sound solutions on the first seed."""

    def of(self, entrant: Entrant) -> tuple[Trial, ...]:
        """Return the trials of one solution."""
        return tuple(one for one in self.trials if one.solution == entrant.name)

    @property
    def sound(self) -> tuple[Trial, ...]:
        """Return the trials of sound solutions."""
        names = {one.name for one in self.entrants if one.kind is EntrantKind.SOUND}
        return tuple(one for one in self.trials if one.solution in names)


class Kill(Part):
    """A flawed solution that a check catches."""

    solution: str
    note: str
    seeds: int
    """On how many seeds."""


class Use(Part):
    """What sound solutions used of a limit at most."""

    limit: str
    """Its name in ``task.toml``."""
    allowed: float
    most: float
    solution: str
    run: str


def judge(task: Task, found: Trials) -> tuple[str, ...]:
    """Return every problem of a task's proof; none if it is proven."""
    margins = find_margins(found.entrants, found.trials)
    return (
        *roster_problems(found.entrants),
        *(
            problem
            for entrant in found.entrants
            for problem in entrant_problems(entrant, found.of(entrant))
        ),
        *spared_problems(task.checks, found),
        *variant_problems(task, found.variants),
        *public_problems(task, found.rehearsals),
        *margin_problems(margins),
        *contradictions(found.trials),
        *use_problems(uses(task, found)),
        *flaky_problems(found.repeats),
    )


def roster_problems(entrants: Sequence[Entrant]) -> Iterator[str]:
    """Yield what kinds of solutions are lacking."""
    kinds = {one.kind for one in entrants}
    for kind in (EntrantKind.SOUND, EntrantKind.EMPTY):
        if kind not in kinds:
            yield f"There is no {kind.value} solution; add one to solutions/solutions.toml."


def entrant_problems(
    entrant: Entrant, trials: Sequence[Trial], *, exact: bool = True
) -> Iterator[str]:
    """Yield every way in which a solution did not get the verdict it was written for.

    Args:
        entrant: The solution.
        trials: Its trials.
        exact: Whether a flawed one may fail no other check than those named for it.
    """
    yield from _unjudged(entrant, trials)
    if entrant.kind is EntrantKind.SOUND:
        yield from _sound(entrant, trials)
    if entrant.fails:
        yield from _fails(entrant, trials, exact=exact)
    elif entrant.kind in _GAINS_NOTHING:
        yield from _gains(entrant, trials)


def _unjudged(entrant: Entrant, trials: Sequence[Trial]) -> Iterator[str]:
    broken = [one for one in trials if one.broken]
    if broken:
        yield (
            f"{entrant.name} could not be judged {where(broken, trials)}: {broken[0].broken} Mend "
            "the hidden tests."
        )
    refused = [one for one in trials if one.refused]
    if refused and entrant.kind not in _GAINS_NOTHING:
        yield (
            f"{entrant.name} was refused {where(refused, trials)}: {refused[0].refused} Mend the "
            "solution."
        )
    for check, bad in _by_check(trials, lambda _, outcome: outcome is Outcome.ERROR):
        yield (
            f"`{check}` is broken for {entrant.name} {where(bad, trials)}: {_detail(bad, check)} "
            "Let the check raise nothing but assertions."
        )


def _sound(entrant: Entrant, trials: Sequence[Trial]) -> Iterator[str]:
    for check, bad in _missed(trials):
        yield (
            f"{entrant.name} has to pass `{check}` and does not {where(bad, trials)}: "
            f"{_detail(bad, check)} Mend the check, or the solution if it is wrong."
        )
    names = dict.fromkeys(run.name for one in trials for run in one.runs)
    for name in names:
        bad = [one for one in trials if any(r.name == name and not r.finished for r in one.runs)]
        if bad:
            yield (
                f"The run `{name}` of {entrant.name} did not finish {where(bad, trials)}; mend the "
                "solution or raise the limit that cut it off."
            )
    missing = dict.fromkeys(prompt for one in trials for prompt in one.missing)
    if missing:
        yield f"{entrant.name} does not answer {', '.join(missing)}; write it into its write-up."


def _fails(entrant: Entrant, trials: Sequence[Trial], *, exact: bool) -> Iterator[str]:
    """Yield where a solution passes what it must fail; a flawed one fails nothing else."""
    judged = [one for one in trials if one.checks]
    for check in entrant.fails:
        bad = [one for one in judged if check not in one.missed]
        if bad:
            yield (
                f"{entrant.name} has to fail `{check}` and does not {where(bad, trials)}; sharpen "
                "the check, or take it from the solution's `fails`."
            )
    if exact and entrant.kind is EntrantKind.FLAWED:
        for check, bad in _missed(trials):
            if check not in entrant.fails:
                yield (
                    f"{entrant.name} fails `{check}`, too, {where(bad, trials)}: "
                    f"{_detail(bad, check)} Name it in `fails`, or narrow the check or the flaw."
                )


def _gains(entrant: Entrant, trials: Sequence[Trial]) -> Iterator[str]:
    for check, good in _by_check(trials, lambda points, _: points > 0):
        points = next(one.points for one in good[0].checks if one.id == check)
        yield (
            f"{entrant.name} gains {points:g} points by `{check}` {where(good, trials)}; let the "
            "check insist that there is something to be judged."
        )


def kills(check: CheckSpec, found: Trials) -> tuple[Kill, ...]:
    """Return the flawed solutions that a check catches, of those it is named for."""
    return tuple(
        Kill(solution=one.name, note=one.note, seeds=seeds)
        for one in found.entrants
        if one.kind is EntrantKind.FLAWED and check.id in one.fails
        if (seeds := sum(check.id in trial.missed for trial in found.of(one)))
    )


def spared_problems(checks: Sequence[CheckSpec], found: Trials) -> Iterator[str]:
    """Yield checks that catch nothing and do not say why."""
    for check in checks:
        if not check.precondition and not kills(check, found):
            yield (
                f"`{check.id}` catches no flawed solution; write one that fails it, or say why "
                'none need, with precondition="..." in its marker.'
            )


def variant_problems(task: Task, variants: Sequence[VariantTrial]) -> Iterator[str]:
    """Yield what is wrong with the data and the packets."""
    place = f"{task.id}/variant.py"
    for one in variants:
        if one.again and one.again != one.digest:
            yield (
                f"{place} makes other bytes the second time (seed {one.seed}); take everything "
                "from the seed, nothing from the clock or the order of a set."
            )
    owners: dict[tuple[str, str], list[int]] = defaultdict(list)
    for one in variants:
        for path, digest in one.public.items():
            owners[path, digest].append(one.seed)
    for (path, _), seeds in owners.items():
        if len(seeds) > 1:
            what = f"the same {path}" if path else "the same public data"
            yield (
                f"{place} gives the seeds {seeds[0]} and {seeds[1]} {what}; every value that a "
                "candidate could copy has to depend on the seed."
            )
    for leak in dict.fromkeys(leak for one in variants for leak in one.leaks):
        yield f"The packet gives away what is hidden: {leak}; keep it out."
    for words in dict.fromkeys(words for one in variants for words in one.unsaid):
        yield f"{task.id}/brief.md does not mention {words}; say it."


def public_problems(task: Task, rehearsals: Sequence[PublicTrial]) -> Iterator[str]:
    """Yield which sound work a candidate could not get past `worksample check`."""
    for one in rehearsals:
        if not one.passed:
            yield (
                f"`worksample check` turns {one.solution} away (seed {one.seed}: {one.summary}); "
                f"sound work has to pass {task.id}/public_tests after the runs on its own data."
            )


def uses(task: Task, found: Trials) -> tuple[Use, ...]:
    """Return what sound solutions used of the limits at most.

    Of the seconds of a run the fewest over the seeds count: what else the machine was busy with is
    no property of the task, and data hardly differ in size.
    """
    seconds: dict[tuple[str, str], float] = {}
    memory: dict[tuple[str, str], float] = {}
    for trial in found.sound:
        for run in trial.runs:
            key = (trial.solution, run.name)
            seconds[key] = min(run.wall_time_s, seconds.get(key, run.wall_time_s))
            memory[key] = max(run.memory_peak_bytes, memory.get(key, 0.0))
    return tuple(
        Use(
            limit=limit,
            allowed=getattr(task.limits, limit),
            most=used[solution, run],
            solution=solution,
            run=run,
        )
        for limit, used in (("wall_time_s", seconds), ("memory_bytes", memory))
        if used
        for solution, run in [max(used, key=used.__getitem__)]
    )


def use_problems(found: Sequence[Use]) -> Iterator[str]:
    """Yield limits that leave sound work too little room."""
    for use in found:
        if use.most * LIMIT_FACTOR > use.allowed:
            yield (
                f"The limit {use.limit} = {use.allowed:g} is less than {LIMIT_FACTOR} times what "
                f"{use.solution} used in the run `{use.run}`, {use.most:g}; raise it to "
                f"{use.most * LIMIT_FACTOR:g} or make the data smaller."
            )


def flaky_problems(repeats: Sequence[Trial]) -> Iterator[str]:
    """Yield checks whose outcome differs between runs of the same on the same."""
    for check in dict.fromkeys(check for one in repeats for check in one.outcomes):
        outcomes = [one.outcomes.get(check) for one in repeats]
        if len(set(outcomes)) > 1:
            said = ", ".join(str(one.value if one else "no verdict") for one in outcomes)
            yield (
                f"`{check}` is flaky: {len(repeats)} runs of {repeats[0].solution} on seed "
                f"{repeats[0].seed} came to {said}; judge nothing that the clock or chance decides."
            )


def where(some: Sequence[Trial], trials: Sequence[Trial]) -> str:
    """Return on which seeds, in words."""
    if len(some) == len(trials):
        return "on every seed" if len(trials) > 1 else f"on seed {some[0].seed}"
    return f"on {len(some)} of {len(trials)} seeds (first {some[0].seed})"


def _missed(trials: Sequence[Trial]) -> Iterator[tuple[str, list[Trial]]]:
    missed = (Outcome.FAILED, Outcome.NOT_RUN)
    return _by_check(trials, lambda _, outcome: outcome in missed)


def _by_check(
    trials: Sequence[Trial], chosen: Callable[[float, Outcome], bool]
) -> Iterator[tuple[str, list[Trial]]]:
    """Yield each check with the trials whose points and outcome are chosen, if there are any."""
    by_check: dict[str, list[Trial]] = defaultdict(list)
    for trial in trials:
        for check in trial.checks:
            if chosen(check.points, check.outcome):
                by_check[check.id].append(trial)
    yield from by_check.items()


def _detail(trials: Sequence[Trial], check: str) -> str:
    """Return what the check said the first time, as a sentence."""
    text = next(one.detail for one in trials[0].checks if one.id == check)
    text = " ".join(text.split()) or "no reason was given"
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."


__all__ = [
    "Kill",
    "Margin",
    "Trials",
    "Use",
    "judge",
    "kills",
    "uses",
]
