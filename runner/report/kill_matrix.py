"""The proof of a task as a reader meets it: check by solution by seed, margins, limits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from graders.evidence import Outcome
from runner.proof.judge import LIMIT_FACTOR
from runner.proof.trial import EntrantKind
from runner.report import plots
from runner.report.words import say_count, say_number, say_quantity, say_value

if TYPE_CHECKING:
    from collections.abc import Iterable

    from markupsafe import Markup

    from runner.proof.margins import Margin, Nearest
    from runner.proof.matrix import KillMatrix, MatrixCheck, MatrixSolution
    from runner.proof.trial import Trial


class SeedsCell(NamedTuple):
    """What a check came to for one solution, over the seeds."""

    symbol: str
    words: str
    strip: Markup | None
    """A box for each seed, where they differ."""
    expected: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckLine:
    """One check over all solutions."""

    check: MatrixCheck
    cells: tuple[SeedsCell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckGroup:
    """The checks of one criterion."""

    title: str
    lines: tuple[CheckLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MarginLine:
    """One threshold, and what came nearest to it."""

    check: str
    measurement: str
    bound: str
    sound: str
    sound_by: str
    flawed: str
    flawed_by: str
    verdict: str
    plot: Markup | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UseLine:
    """One limit, and what sound solutions used of it."""

    limit: str
    allowed: str
    most: str
    factor: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KillMatrixView:
    """The page of one proof."""

    proof: KillMatrix
    groups: tuple[CheckGroup, ...]
    margins: tuple[MarginLine, ...]
    uses: tuple[UseLine, ...]
    least_factor: int = LIMIT_FACTOR


def view_kill_matrix(proof: KillMatrix) -> KillMatrixView:
    """Return the page of one proof."""
    trials: dict[str, list[Trial]] = {one.name: [] for one in proof.solutions}
    for trial in proof.trials:
        trials[trial.solution].append(trial)
    lines = [
        CheckLine(
            check=check,
            cells=tuple(_cell(one, check.id, trials[one.name]) for one in proof.solutions),
        )
        for check in proof.checks
    ]
    return KillMatrixView(
        proof=proof,
        groups=tuple(
            CheckGroup(
                title=criterion.title,
                lines=tuple(line for line in lines if line.check.criterion == criterion.id),
            )
            for criterion in proof.criteria
            if any(line.check.criterion == criterion.id for line in lines)
        ),
        margins=tuple(map(_margin, proof.margins)),
        uses=tuple(
            UseLine(
                limit=use.limit,
                allowed=say_quantity(use.limit, use.allowed),
                most=say_quantity(use.limit, use.most),
                factor=say_number(use.allowed / use.most) if use.most else "any",
                by=f"{use.solution}, run {use.run}",
            )
            for use in proof.uses
        ),
    )


def _cell(solution: MatrixSolution, check: str, trials: list[Trial]) -> SeedsCell:
    outcomes = [trial.outcomes.get(check) for trial in trials]
    kinds = set(outcomes)
    expected = _is_expected(solution, check, outcomes)
    if kinds == {None}:
        return SeedsCell("not_run", "could not be run", None, expected)
    if len(kinds) == 1 and None not in kinds:
        return SeedsCell(str(outcomes[0]), _words(outcomes), None, expected)
    worst = "error" if Outcome.ERROR in kinds else "failed"
    return SeedsCell(worst, _words(outcomes), plots.seed_strip(outcomes), expected)


def _words(outcomes: list[Outcome | None]) -> str:
    """Return how often a check was not passed."""
    missed = sum(outcome is not Outcome.PASSED for outcome in outcomes)
    if missed in (0, len(outcomes)):
        return "passed" if not missed else "not passed"
    return f"not passed on {missed} of {say_count(len(outcomes), 'seed')}"


def _is_expected(solution: MatrixSolution, check: str, outcomes: Iterable[Outcome | None]) -> bool:
    """Whether every outcome is what the solution was written for."""
    found = set(outcomes)
    if Outcome.ERROR in found:
        return False
    gains_nothing = (EntrantKind.EMPTY, EntrantKind.STARTER, EntrantKind.HOSTILE)
    if check in solution.fails or (solution.kind in gains_nothing and not solution.fails):
        return Outcome.PASSED not in found
    return solution.kind not in (EntrantKind.SOUND, EntrantKind.FLAWED) or found == {Outcome.PASSED}


def _margin(margin: Margin) -> MarginLine:
    sound, flawed = margin.share(margin.sound), margin.share(margin.flawed)
    if margin.exact:
        verdict = "exact: every sound value is the threshold itself"
    elif sound is None or flawed is None:
        verdict = "no gap: no flawed solution is beyond it"
    else:
        verdict = f"{100 * flawed:.0f} % to flawed, {100 * sound:.0f} % to sound"
    return MarginLine(
        check=margin.check,
        measurement=margin.measurement,
        bound=margin.bound.replace("_", " "),
        sound=_value(margin.sound, margin.unit),
        sound_by=_by(margin.sound),
        flawed=_value(margin.flawed, margin.unit),
        flawed_by=_by(margin.flawed),
        verdict=verdict,
        plot=None if flawed is None or margin.exact else plots.margin_line(flawed),
    )


def _value(nearest: Nearest | None, unit: str) -> str:
    return "none" if nearest is None else say_value(nearest.value, unit)


def _by(nearest: Nearest | None) -> str:
    if nearest is None:
        return ""
    return f"{nearest.solution}, threshold {say_number(nearest.bound)}, seed {nearest.seed}"
