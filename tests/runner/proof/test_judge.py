from __future__ import annotations

from typing import TYPE_CHECKING, Any

import proof_parts as parts
import pytest
from proof_parts import CHECKS, SEEDS, entrant, measured, proven, run, trial, variant

from graders.evidence import ExitKind, Outcome
from runner.proof.judge import entrant_problems, judge, kills, uses, where
from runner.proof.trial import PublicTrial
from tasks.loader import load_task

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from runner.proof.judge import Trials
    from runner.proof.trial import Trial
    from tasks.model import Task


@pytest.fixture
def task(make_task: Callable[..., Path]) -> Task:
    return load_task(make_task())


def one_problem(task: Task, found: Trials) -> str:
    problems = judge(task, found)
    assert len(problems) == 1, problems
    return problems[0]


def instead(name: str, *bad: Trial) -> Trials:
    """Return a proof that holds, but for a solution's first trials."""
    who = next(one for one in parts.EVERYONE if one.name == name)
    return proven(*bad, *parts.trials_of(who)[len(bad) :], without=name)


def test_a_proven_task_has_no_problem(task: Task) -> None:
    assert judge(task, proven()) == ()


def test_a_sound_solution_passes_every_check_on_every_seed(task: Task) -> None:
    problem = one_problem(task, instead("sound_plain", trial("sound_plain", missed=CHECKS[1:])))
    assert problem == (
        "sound_plain has to pass `rerun-is-identical` and does not on 1 of 3 seeds (first 7): the "
        "total is 3, not 4. Mend the check, or the solution if it is wrong."
    )


@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.NOT_RUN])
def test_not_run_is_not_passed(task: Task, outcome: Outcome) -> None:
    bad = trial("sound_plain", missed=CHECKS[1:], outcome=outcome)
    assert "has to pass `rerun-is-identical`" in one_problem(task, instead("sound_plain", bad))


def test_a_sound_run_finishes_and_its_writeup_is_whole(task: Task) -> None:
    cut_off = run(exit_kind=ExitKind.TIMED_OUT, exit_code=None)
    failed = run(exit_code=1)
    for bad in (cut_off, failed):
        found = instead("sound_plain", trial("sound_plain", runs=(bad,)))
        assert "The run `public` of sound_plain did not finish" in one_problem(task, found)
    found = instead("sound_plain", trial("sound_plain", missing=("P2",)))
    assert "sound_plain does not answer P2" in one_problem(task, found)


def test_a_flawed_solution_fails_what_is_named_for_it_on_every_seed(task: Task) -> None:
    lucky = instead("flawed_rounds", trial("flawed_rounds", 7), trial("flawed_rounds", 8))
    assert one_problem(task, lucky) == (
        "flawed_rounds has to fail `total-is-right` and does not on 2 of 3 seeds (first 7); "
        "sharpen the check, or take it from the solution's `fails`."
    )


def test_a_flawed_solution_fails_nothing_else(task: Task) -> None:
    found = instead("flawed_rounds", trial("flawed_rounds", missed=CHECKS))
    assert "flawed_rounds fails `rerun-is-identical`, too, on 1 of 3" in one_problem(task, found)


def test_an_ai_baseline_fails_what_it_names_and_may_fail_more() -> None:
    baseline = entrant("ai_baseline_plain", "total-is-right")
    assert list(entrant_problems(baseline, [trial(baseline.name, missed=CHECKS)])) == []
    (problem,) = entrant_problems(baseline, [trial(baseline.name)])
    assert "ai_baseline_plain has to fail `total-is-right` and does not on seed 7" in problem
    assert list(entrant_problems(entrant("ai_baseline_plain"), [trial(baseline.name)])) == []


@pytest.mark.parametrize("name", ["empty", "starter"])
def test_nothing_gains_nothing(task: Task, name: str) -> None:
    found = instead(name, trial(name, missed=CHECKS[:1]))
    problem = one_problem(task, found)
    assert f"{name} gains 0.5 points by `rerun-is-identical` on 1 of 3 seeds" in problem


def test_a_refused_starter_gains_nothing_but_a_refused_solution_proves_nothing() -> None:
    refused = {"refused": "analysis.ipynb is missing.", "checks": ()}
    for who in (parts.STARTER, parts.EMPTY):
        assert not list(entrant_problems(who, [bare(who.name, **refused)]))
    (problem,) = entrant_problems(parts.FLAWED, [bare("flawed_rounds", **refused)])
    assert "flawed_rounds was refused on seed 7: analysis.ipynb is missing." in problem


def test_nobody_gets_an_error(task: Task) -> None:
    bad = trial("starter", missed=CHECKS[:1], outcome=Outcome.ERROR)
    nothing = bad.checks[0].model_copy(update={"detail": "KeyError: 'x' (test_total.py:9)"})
    rerun = bad.checks[1].model_copy(update={"points": 0.0, "outcome": Outcome.FAILED})
    found = instead("starter", bad.model_copy(update={"checks": (nothing, rerun)}))
    problem = one_problem(task, found)
    assert problem.startswith("`total-is-right` is broken for starter on 1 of 3 seeds (first 7): ")
    assert "KeyError: 'x' (test_total.py:9)" in problem


def test_what_nobody_can_judge_is_said(task: Task) -> None:
    found = instead("flawed_rounds", bare("flawed_rounds", broken="No verdict within 120 s."))
    problem = one_problem(task, found)
    assert problem.startswith("flawed_rounds could not be judged on 1 of 3 seeds (first 7): No ver")


def test_every_check_catches_something_or_says_why_not(
    task: Task, make_task: Callable[..., Path]
) -> None:
    everyone = tuple(one for one in parts.EVERYONE if one is not parts.FLAWED_RERUN)
    found = proven(without="flawed_stamps", entrants=everyone)
    assert "`rerun-is-identical` catches no flawed solution" in one_problem(task, found)
    marker = 'criterion="correctness", points=0.5'
    edit = ("hidden_tests/test_total.py", marker, f'{marker}, precondition="without it nothing"')
    assert judge(load_task(make_task(edits=[edit])), found) == ()


def test_kills_count_the_seeds_of_what_is_named(task: Task) -> None:
    found = instead("flawed_rounds", trial("flawed_rounds"))
    total, rerun = (kills(check, found) for check in task.checks)
    assert [(one.solution, one.note, one.seeds) for one in total] == [
        ("flawed_rounds", "About flawed_rounds.", 2)
    ]
    assert [one.solution for one in rerun] == ["flawed_stamps"]


def test_there_are_a_sound_and_an_empty_solution(task: Task) -> None:
    everyone = (parts.FLAWED, parts.FLAWED_RERUN, parts.STARTER)
    trials = tuple(one for who in everyone for one in parts.trials_of(who))
    problems = judge(task, proven(entrants=everyone, trials=trials, repeats=()))
    assert [problem.split(";")[0] for problem in problems] == [
        "There is no sound solution",
        "There is no empty solution",
    ]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"again": "sha256:other"}, "sum-column/variant.py makes other bytes the second time"),
        ({"leaks": ("data/a: holds truth",)}, "The packet gives away what is hidden: data/a:"),
        ({"unsaid": ("the deliverable out/x",)}, "brief.md does not mention the deliverable out/x"),
        ({"public": {"": "new", "amounts.csv": "amounts of 8"}}, "and 8 the same amounts.csv"),
        ({"public": {"": "all of 9"}}, "and 9 the same public data"),
    ],
)
def test_data_and_packets(task: Task, changes: dict[str, Any], words: str) -> None:
    found = proven(variants=(variant(7, **changes), variant(8), variant(9)))
    assert words in one_problem(task, found)


def test_public_tests_turn_no_sound_work_away(task: Task) -> None:
    turned_away = PublicTrial(solution="sound_plain", seed=7, passed=False, summary="2 failed")
    welcome = PublicTrial(solution="sound_numpy", seed=7, passed=True, summary="2 passed")
    problem = one_problem(task, proven(rehearsals=(turned_away, welcome)))
    assert "turns sound_plain away (seed 7: 2 failed)" in problem


def test_the_same_bytes_twice_are_no_problem(task: Task) -> None:
    assert judge(task, proven(variants=(variant(7, again="sha256:7"), variant(8)))) == ()


@pytest.mark.parametrize(
    ("use", "words"),
    [
        ({"wall_time_s": 10.0}, None),
        ({"wall_time_s": 10.1}, "The limit wall_time_s = 30 is less than 3 times what sound_plain"),
        ({"memory_peak_bytes": 170 << 20}, None),
        ({"memory_peak_bytes": 171 << 20}, "The limit memory_bytes = 5.36871e+08 is less than 3"),
    ],
)
def test_limits_leave_sound_work_room(task: Task, use: dict[str, Any], words: str | None) -> None:
    found = instead("sound_plain", trial("sound_plain", runs=(run(), run(name="fresh", **use))))
    problems = judge(task, found)
    assert [words in problem for problem in problems if words] == ([True] if words else [])
    assert bool(problems) is bool(words)


def test_a_busy_moment_says_nothing_of_the_time_that_work_needs(task: Task) -> None:
    trials = (
        trial("sound_plain", runs=(run(name="fresh", wall_time_s=seconds),))
        for seconds in (29.0, 2.0)
    )
    found = instead("sound_plain", *trials)
    assert judge(task, found) == ()
    assert uses(task, found)[0].most == 2.0


def test_only_sound_solutions_say_what_the_limits_must_be(task: Task) -> None:
    slow = trial("flawed_rounds", missed=parts.ROUNDS, runs=(run(wall_time_s=29.0),))
    found = instead("flawed_rounds", slow)
    assert judge(task, found) == ()
    assert [use.most for use in uses(task, found)] == [1.0, 20 << 20]


def test_a_flaky_check_is_named(task: Task) -> None:
    repeats = (trial("sound_plain"), trial("sound_plain", missed=CHECKS[:1]), trial("sound_plain"))
    problem = one_problem(task, proven(repeats=repeats))
    assert problem.startswith("`total-is-right` is flaky: 3 runs of sound_plain on seed 7 came to ")
    assert "passed, failed, passed;" in problem


def test_margins_and_contradictions_are_judged_as_well(task: Task) -> None:
    near = instead("sound_plain", trial("sound_plain", measurements=[measured(0.81, at_least=0.8)]))
    far = trial("flawed_rounds", missed=parts.ROUNDS, measurements=[measured(0.1, at_least=0.8)])
    trials = tuple(far if one == trial_like(far, one) else one for one in near.trials)
    assert "leaves 1% of the gap" in one_problem(task, proven(trials=trials))
    wrong = instead("sound_plain", trial("sound_plain", measurements=[measured(0.7, at_least=0.8)]))
    assert "`total-is-right` passes sound_plain with `share` = 0.7" in one_problem(task, wrong)


def trial_like(wanted: Trial, one: Trial) -> Trial | None:
    return one if (one.solution, one.seed) == (wanted.solution, wanted.seed) else None


def test_where_says_which_seeds() -> None:
    all_ = [trial("empty", seed) for seed in SEEDS]
    assert where(all_, all_) == "on every seed"
    assert where(all_[1:], all_) == "on 2 of 3 seeds (first 8)"
    assert where(all_[:1], all_[:1]) == "on seed 7"


def bare(name: str, **facts: Any) -> Trial:
    """Return a trial without checks: refused, or broken."""
    return trial(name).model_copy(update={"checks": (), "runs": (), **facts})
