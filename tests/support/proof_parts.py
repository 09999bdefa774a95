"""Trials of a small task, made up: what the judging of proofs is tested with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from graders.evidence import ExitKind, Measurement, Outcome
from runner.proof.judge import Trials
from runner.proof.trial import Entrant, EntrantKind, Trial, TrialCheck, TrialRun, VariantTrial

if TYPE_CHECKING:
    from collections.abc import Iterable

SEEDS = (7, 8, 9)
CHECKS = ("total-is-right", "rerun-is-identical")
"""Of the small task that ``task_factory`` writes, worth 2 points and 0.5."""
POINTS = {"total-is-right": 2.0, "rerun-is-identical": 0.5}
ROUNDS = ("total-is-right",)
"""What the flawed solution has to fail."""


def entrant(name: str, *fails: str) -> Entrant:
    kind = next(kind for kind in EntrantKind if name.startswith(kind.value))
    return Entrant(name=name, kind=kind, note=f"About {name}.", fails=fails, files={"a": b"x"})


SOUND = entrant("sound_plain")
FLAWED = entrant("flawed_rounds", *ROUNDS)
FLAWED_RERUN = entrant("flawed_stamps", "rerun-is-identical")
EMPTY = entrant("empty")
STARTER = entrant("starter")
EVERYONE = (SOUND, FLAWED, FLAWED_RERUN, EMPTY, STARTER)


def measured(value: float, name: str = "share", **more: Any) -> Measurement:
    facts = {"name": name, "value": value, "unit": "1", "check": "total-is-right", **more}
    return Measurement(**facts)


def trial(
    name: str,
    seed: int = 7,
    *,
    missed: Iterable[str] = (),
    outcome: Outcome = Outcome.FAILED,
    measurements: Iterable[Measurement] = (),
    **more: Any,
) -> Trial:
    """Return a trial that passes all checks but those in ``missed``."""
    missed = set(missed)
    return Trial(
        solution=name,
        seed=seed,
        checks=tuple(
            TrialCheck(
                id=check,
                outcome=outcome if check in missed else Outcome.PASSED,
                points=0.0 if check in missed else POINTS[check],
                detail="the total is 3, not 4" if check in missed else "",
            )
            for check in CHECKS
        ),
        measurements=tuple(measurements),
        **{"runs": (run(),), "seconds": 1.5, **more},
    )


def run(**changes: Any) -> TrialRun:
    facts: dict[str, Any] = {
        "name": "public",
        "exit_kind": ExitKind.EXITED,
        "exit_code": 0,
        "wall_time_s": 1.0,
        "memory_peak_bytes": 20 << 20,
    }
    return TrialRun(**(facts | changes))


def trials_of(who: Entrant) -> tuple[Trial, ...]:
    """Return trials that are as they have to be, on every seed."""
    is_nothing = who.kind in (EntrantKind.EMPTY, EntrantKind.STARTER)
    missed = CHECKS if is_nothing else who.fails
    return tuple(trial(who.name, seed, missed=missed) for seed in SEEDS)


def variant(seed: int, **changes: Any) -> VariantTrial:
    facts: dict[str, Any] = {
        "seed": seed,
        "digest": f"sha256:{seed}",
        "public": {"": f"all of {seed}", "amounts.csv": f"amounts of {seed}"},
    }
    return VariantTrial(**(facts | changes))


def proven(*others: Trial, without: str = "", **changes: Any) -> Trials:
    """Return a proof that holds, with ``others`` in the place of the trials ``without``."""
    trials = [one for who in EVERYONE if who.name != without for one in trials_of(who)]
    facts: dict[str, Any] = {
        "entrants": EVERYONE,
        "trials": (*trials, *others),
        "repeats": (trial("sound_plain"),) * 3,
        "variants": tuple(variant(seed) for seed in SEEDS),
    }
    return Trials(**(facts | changes))
