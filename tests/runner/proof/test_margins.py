from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from proof_parts import EVERYONE, FLAWED, SOUND, entrant, measured, trial

from graders.evidence import Measurement, Outcome
from runner.proof.margins import Margin, contradictions, find_margins, margin_problems

if TYPE_CHECKING:
    from runner.proof.trial import Trial


def of(name: str, *found: Measurement, seed: int = 7) -> Trial:
    missed = ("total-is-right",) if name.startswith("flawed") else ()
    return trial(name, seed, missed=missed, measurements=found)


def only(*trials: Trial) -> Margin:
    (margin,) = find_margins(EVERYONE, trials)
    return margin


def shares(margin: Margin) -> tuple[float | None, float | None]:
    return margin.share(margin.sound), margin.share(margin.flawed)


def test_the_nearest_values_of_all_seeds_count() -> None:
    margin = only(
        of("sound_plain", measured(0.95, at_least=0.8), seed=7),
        of("sound_plain", measured(0.9, at_least=0.8), seed=8),
        of("flawed_rounds", measured(0.2, at_least=0.8), seed=7),
        of("flawed_rounds", measured(0.6, at_least=0.8), seed=8),
    )
    assert margin.sound is not None
    assert margin.flawed is not None
    assert (margin.sound.value, margin.sound.seed) == (0.9, 8)
    assert (margin.flawed.value, margin.flawed.seed) == (0.6, 8)
    assert margin.gap == pytest.approx(0.3)
    assert shares(margin) == pytest.approx((1 / 3, 2 / 3))
    assert list(margin_problems([margin])) == []


def test_at_most_is_the_mirror_image() -> None:
    margin = only(
        of("sound_plain", measured(1.0, at_most=2.0)), of("flawed_rounds", measured(5, at_most=2.0))
    )
    assert shares(margin) == pytest.approx((1 / 4, 3 / 4))


@pytest.mark.parametrize(
    ("sound", "flawed", "words"),
    [
        (
            0.81,
            0.6,
            "5% of the gap to the nearest sound value, 0.81 against 0.8 (sound_plain, seed",
        ),
        (0.81, 0.6, "and 20% is the least; move it down by 0.095 to the middle of the gap."),
        (0.95, 0.79, "6% of the gap to the nearest flawed value, 0.79 against 0.8 (flawed_rounds"),
        (0.95, 0.79, "and 20% is the least; move it up by 0.07 to the middle of the gap."),
        (0.85, 0.6, None),
        (0.84, 0.6, "leaves 17%"),
    ],
)
def test_a_fifth_of_the_gap_is_the_least_on_either_side(
    sound: float, flawed: float, words: str | None
) -> None:
    margin = only(
        of("sound_plain", measured(sound, at_least=0.8)),
        of("flawed_rounds", measured(flawed, at_least=0.8)),
    )
    problems = list(margin_problems([margin]))
    assert len(problems) == bool(words)
    assert words is None or words in problems[0]


def test_a_threshold_that_lets_time_grow_is_moved_the_other_way() -> None:
    margin = only(
        of("sound_plain", measured(1.9, at_most=2.0)), of("flawed_rounds", measured(9, at_most=2.0))
    )
    (problem,) = margin_problems([margin])
    assert "move it up by 3.45 to the middle of the gap" in problem


def test_only_flawed_solutions_that_are_to_fail_the_check_and_are_beyond_it_count() -> None:
    at_bound = measured(0.79, at_least=0.8)
    others = (
        entrant("flawed_other", "rerun-is-identical"),
        entrant("ai_baseline_x", *FLAWED.fails),
    )
    trials = [
        of("sound_plain", measured(0.9, at_least=0.8)),
        of("flawed_other", at_bound),
        trial("ai_baseline_x", missed=FLAWED.fails, measurements=[at_bound]),
        of("flawed_rounds", measured(0.95, at_least=0.8)),
    ]
    (margin,) = find_margins((SOUND, FLAWED, *others), trials)
    assert margin.flawed is None
    assert margin.gap is None
    assert shares(margin) == (None, None)
    assert list(margin_problems([margin])) == []


def test_a_bound_that_differs_between_seeds_is_compared_as_a_share() -> None:
    """On a machine ten times as slow everything is: reference, sound and flawed."""
    margin = only(
        of("sound_plain", measured(0.1, at_most=0.3, varies=True), seed=7),
        of("sound_plain", measured(1.0, at_most=3.0, varies=True), seed=8),
        of("flawed_rounds", measured(0.6, at_most=0.3, varies=True), seed=7),
        of("flawed_rounds", measured(6.0, at_most=3.0, varies=True), seed=8),
    )
    assert margin.relative
    assert shares(margin) == pytest.approx((0.4, 0.6))


@pytest.mark.parametrize("bounds", [(0.0, 1.0), (-1.0, 1.0)])
def test_a_bound_around_zero_is_compared_as_it_is(bounds: tuple[float, float]) -> None:
    found = [
        of("sound_plain", measured(one + 2, at_least=one), seed=seed)
        for seed, one in enumerate(bounds)
    ]
    assert not only(*found).relative


@pytest.mark.parametrize(
    ("second", "exact"),
    [({"value": 1.0}, True), ({"value": 1.1}, False), ({"varies": True}, False)],
)
def test_all_or_nothing_has_no_margin(second: dict[str, Any], exact: bool) -> None:
    """A check that asks for every row cannot be asked for more, and clocks are never exact."""
    again = measured(1.0, at_least=1.0).model_copy(update=second)
    margin = only(
        of("sound_plain", measured(1.0, at_least=1.0), seed=7),
        of("sound_plain", again, seed=8),
        of("flawed_rounds", measured(0.9, at_least=1.0)),
    )
    assert margin.exact is exact
    assert bool(list(margin_problems([margin]))) is not exact


def test_each_bound_of_each_measurement_is_a_threshold_of_its_own() -> None:
    both = measured(0.5, at_least=0.2, at_most=0.8)
    other = measured(0.5, name="other", at_least=0.2)
    found = find_margins(EVERYONE, [of("sound_plain", both, other, measured(3.0, name="free"))])
    assert [(one.measurement, one.bound) for one in found] == [
        ("share", "at_least"),
        ("share", "at_most"),
        ("other", "at_least"),
    ]


def test_a_threshold_that_no_sound_solution_reaches_is_named() -> None:
    (problem,) = margin_problems([only(of("flawed_rounds", measured(0.5, at_least=0.8)))])
    assert "is measured for no sound solution" in problem


@pytest.mark.parametrize(
    ("value", "outcome", "count"),
    [
        (0.7, Outcome.PASSED, 1),
        (0.8, Outcome.PASSED, 0),
        (0.9, Outcome.PASSED, 0),
        (0.7, Outcome.FAILED, 0),
        (0.9, Outcome.FAILED, 0),
    ],
)
def test_a_check_does_not_pass_what_is_beyond_its_threshold(
    value: float, outcome: Outcome, count: int
) -> None:
    found = trial(
        "flawed_rounds",
        missed=() if outcome is Outcome.PASSED else ("total-is-right",),
        measurements=[measured(value, at_least=0.8)],
    )
    problems = list(contradictions([found, found.model_copy(update={"seed": 8})]))
    assert len(problems) == count
    assert not count or "`share` = 0.7, at least 0.8 (seed 7, 2 times in all)" in problems[0]
