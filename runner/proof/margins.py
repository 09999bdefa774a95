"""How far the thresholds of the checks are from what was measured, over all seeds.

A threshold is right if it stands well between the nearest sound value and the nearest flawed one.
Bounds may differ from seed to seed, so what is compared is the distance to the bound: positive on
the right side of it, negative on the wrong one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from graders.evidence import Finite, Outcome, Part
from runner.proof.trial import EntrantKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from graders.evidence import Measurement
    from runner.proof.trial import Entrant, Trial

LEAST_SHARE: Final = 0.2
"""Of the gap between sound and flawed: what a threshold needs on either side."""
_ROUNDING: Final = 1e-9

Bound = Literal["at_least", "at_most"]
BOUNDS: Final[tuple[Bound, ...]] = ("at_least", "at_most")


class Nearest(Part):
    """The value that comes nearest to the threshold."""

    solution: str
    seed: int
    value: Finite
    bound: Finite
    distance: Finite
    """To the bound, negative on its wrong side; of a relative margin as a share of the bound."""


class Margin(Part):
    """One threshold of one check, and what came nearest to it."""

    check: str
    measurement: str
    bound: Bound
    unit: str
    relative: bool
    """Whether distances are shares of the bound, because it differs between the seeds."""
    exact: bool
    """Every sound value is the bound itself: the check asks for all of it, or for none."""
    sound: Nearest | None
    flawed: Nearest | None
    """Among the flawed solutions that are to fail this check and are beyond the bound."""

    @property
    def gap(self) -> float | None:
        """Return the distance between both, if there are both."""
        if self.sound is None or self.flawed is None:
            return None
        return self.sound.distance - self.flawed.distance

    def share(self, nearest: Nearest | None) -> float | None:
        """Return how much of the gap lies between the threshold and one of the two."""
        if nearest is None or not self.gap or self.gap < 0:
            return None
        side = 1.0 if nearest is self.sound else -1.0
        return side * nearest.distance / self.gap


class _Reading(NamedTuple):
    """One measurement of one trial against one bound."""

    entrant: Entrant
    trial: Trial
    found: Measurement
    limit: float
    distance: float


def find_margins(entrants: Sequence[Entrant], trials: Sequence[Trial]) -> tuple[Margin, ...]:
    """Return the margin of each threshold, in the order in which they were measured."""
    readings: dict[tuple[str, str, Bound], list[_Reading]] = {}
    by_name = {one.name: one for one in entrants}
    for trial in trials:
        for found in trial.measurements:
            for bound in BOUNDS:
                limit = getattr(found, bound)
                if limit is not None:
                    reading = _Reading(
                        by_name[trial.solution], trial, found, limit, distance_to(found, bound)
                    )
                    readings.setdefault((found.check, found.name, bound), []).append(reading)
    return tuple(_margin(key, found) for key, found in readings.items())


def distance_to(found: Measurement, bound: Bound) -> float:
    """Return how far a value is from its bound; negative on the wrong side."""
    if bound == "at_least":
        return found.value - (found.at_least or 0.0)
    return (found.at_most or 0.0) - found.value


def _margin(key: tuple[str, str, Bound], readings: Sequence[_Reading]) -> Margin:
    check, measurement, bound = key
    limits = {one.limit for one in readings}
    # What differs from seed to seed is compared as a share, if there is a whole to share.
    relative = len(limits) > 1 and (min(limits) > 0 or max(limits) < 0)
    sound = [one for one in readings if one.entrant.kind is EntrantKind.SOUND]
    beyond = [
        one
        for one in readings
        if one.entrant.kind is EntrantKind.FLAWED
        and check in one.entrant.fails
        and one.distance < 0
    ]
    return Margin(
        check=check,
        measurement=measurement,
        bound=bound,
        unit=readings[0].found.unit,
        relative=relative,
        exact=bool(sound) and all(one.distance == 0 and not one.found.varies for one in sound),
        sound=_nearest(sound, relative=relative, side=1),
        flawed=_nearest(beyond, relative=relative, side=-1),
    )


def _nearest(readings: Sequence[_Reading], *, relative: bool, side: int) -> Nearest | None:
    """Return the reading with the least distance on its side."""
    if not readings:
        return None

    def scaled(one: _Reading) -> float:
        return one.distance / abs(one.limit) if relative else one.distance

    nearest = min(readings, key=lambda one: side * scaled(one))
    return Nearest(
        solution=nearest.trial.solution,
        seed=nearest.trial.seed,
        value=nearest.found.value,
        bound=nearest.limit,
        distance=scaled(nearest),
    )


def margin_problems(margins: Sequence[Margin]) -> Iterator[str]:
    """Yield a sentence for each threshold that stands too near to what was measured."""
    for margin in margins:
        sound, flawed = margin.sound, margin.flawed
        name = f"`{margin.check}`: the threshold of `{margin.measurement}` ({words(margin.bound)})"
        if sound is None:
            yield (
                f"{name} is measured for no sound solution; call measure() before anything in the "
                "check can fail."
            )
        if sound is None or flawed is None or margin.exact:
            continue
        for who, nearest in (("sound", sound), ("flawed", flawed)):
            share = margin.share(nearest)
            if share is not None and share < LEAST_SHARE - _ROUNDING:
                yield (
                    f"{name} leaves {share:.0%} of the gap to the nearest {who} value, "
                    f"{nearest.value:.6g} against {nearest.bound:.6g} ({nearest.solution}, seed "
                    f"{nearest.seed}), and {LEAST_SHARE:.0%} is the least; {_remedy(margin)}."
                )


def _remedy(margin: Margin) -> str:
    """Return where the threshold would stand in the middle."""
    if margin.sound is None or margin.flawed is None:  # pragma: no cover - asked for with both
        return ""
    shift = (margin.sound.distance + margin.flawed.distance) / 2
    up = (shift > 0) is (margin.bound == "at_least")
    unit = "" if margin.unit == "1" else f" {margin.unit}"
    amount = f"{abs(shift):.1%} of itself" if margin.relative else f"{abs(shift):.4g}{unit}"
    return f"move it {'up' if up else 'down'} by {amount} to the middle of the gap"


def contradictions(trials: Sequence[Trial]) -> Iterator[str]:
    """Yield a sentence for each check that passed a value beyond the threshold it names."""
    seen: dict[tuple[str, str, Bound, str], list[_Contradiction]] = {}
    for trial in trials:
        passed: Mapping[str, Outcome] = trial.outcomes
        for found in trial.measurements:
            for bound in BOUNDS:
                limit = getattr(found, bound)
                if (
                    limit is not None
                    and passed.get(found.check) is Outcome.PASSED
                    and distance_to(found, bound) < 0
                ):
                    key = (found.check, found.name, bound, trial.solution)
                    seen.setdefault(key, []).append(_Contradiction(trial.seed, found.value, limit))
    for (check, name, bound, solution), found_ones in seen.items():
        first = found_ones[0]
        yield (
            f"`{check}` passes {solution} with `{name}` = {first.value:.6g}, "
            f"{words(bound)} {first.limit:.6g} (seed {first.seed}, {len(found_ones)} times in "
            "all); assert the very bound that measure() is given."
        )


class _Contradiction(NamedTuple):
    seed: int
    value: float
    limit: float


def words(bound: Bound) -> str:
    """Return a bound as words."""
    return bound.replace("_", " ")
