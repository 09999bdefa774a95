from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import proof_parts as parts
import pytest
from hostile_pages import page_dangers
from hostile_text import PAYLOADS
from proof_parts import SEEDS, entrant, measured, proven, trial

from graders.evidence import Outcome
from runner.cli.validate import print_proofs
from runner.proof.matrix import KillMatrix, kill_matrix
from runner.proof.pages import write_pages
from runner.proof.tables import margins_table
from runner.report import render_kill_matrix
from runner.tables import render_table
from runner.text import has_hidden_text
from tasks.loader import load_task

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from runner.proof.judge import Trials
    from tasks.model import Task


@pytest.fixture
def task(make_task: Callable[..., Path]) -> Task:
    return load_task(make_task())


def matrix(task: Task, found: Trials) -> KillMatrix:
    return kill_matrix(task, found, seeds=SEEDS, seconds=1.0, made=10, kept=5)


def with_margins() -> Trials:
    """Return a proof with a threshold, and a solution that fails on one seed only."""
    sound = [trial("sound_plain", s, measurements=[measured(0.9, at_least=0.8)]) for s in SEEDS]
    flawed = [
        trial("flawed_rounds", 7, missed=parts.ROUNDS, measurements=[measured(0.5, at_least=0.8)]),
        trial("flawed_rounds", 8),
        trial("flawed_rounds", 9, missed=parts.ROUNDS, outcome=Outcome.NOT_RUN),
    ]
    others = [one for who in parts.EVERYONE[2:] for one in parts.trials_of(who)]
    return proven(trials=(*sound, *flawed, *others))


def words(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def test_a_proven_task_says_so(task: Task) -> None:
    page = words(render_kill_matrix(matrix(task, proven())))
    assert "Proven" in page
    assert "What is wrong" not in page
    assert "not expected" not in page
    assert "5 solutions, the starter among them, on 3 seeds" in page
    assert "No check names a threshold in measure()" in re.sub(" +", " ", page)


def test_seeds_that_differ_have_a_box_each(task: Task) -> None:
    html = render_kill_matrix(matrix(task, with_margins()))
    page = words(html)
    assert "1 problem" in page
    assert "What is wrong" in page
    assert page.count("not expected") == 1
    assert "not passed on 2 of 3 seeds" in page
    (strip,) = re.findall(r'<svg class="bar seeds".*?</svg>', html)
    assert re.findall(r'class="(\w+)"/>', strip) == ["frame", "fill", "frame"]
    assert 'aria-label="not passed on the seeds 1, 3"' in strip


def test_margins_and_limits_stand_on_the_page(task: Task) -> None:
    html = render_kill_matrix(matrix(task, with_margins()))
    page = words(html)
    assert "75 % to flawed, 25 % to sound" in page
    assert "sound_plain, threshold 0.8, seed 7" in page
    assert 'aria-label="threshold at 75.0 per cent of the way from flawed to sound"' in html
    assert "Factor 30 sound_plain, run public" in page
    assert "512 MiB Used 20 MiB Factor 25.6" in page


def test_margins_without_a_gap_and_exact_ones(task: Task) -> None:
    alone = trial("sound_plain", measurements=[measured(0.9, at_least=0.8)])
    exact = trial(
        "sound_plain", measurements=[measured(1.0, at_least=1.0), measured(2.0, name="other")]
    )
    beyond = trial("flawed_rounds", missed=parts.ROUNDS, measurements=[measured(0.5, at_least=1.0)])
    for trials, expected, short in (
        ([alone], "no gap: no flawed solution is beyond it", "no gap"),
        ([exact, beyond], "exact: every sound value is the threshold itself", "exact"),
    ):
        proof = matrix(task, proven(trials=tuple(trials)))
        assert expected in words(render_kill_matrix(proof))
        assert short in render_table(margins_table(proof.margins))


def test_margins_as_a_table(task: Task) -> None:
    table = render_table(margins_table(matrix(task, with_margins()).margins))
    numbers = r"0\.9 against 0\.8 +0\.5 against 0\.8 +25% / 75%"
    assert re.search(rf"total-is-right: share at least +{numbers}", table)


def test_what_the_command_prints(task: Task, capsys: pytest.CaptureFixture[str]) -> None:
    bad = matrix(task, with_margins())
    bad = bad.model_copy(update={"problems": (*bad.problems, "red \x1b[31m and \u202e")})
    print_proofs([bad, matrix(task, proven())])
    said = capsys.readouterr().out
    assert "  * flawed_rounds has to fail `total-is-right` and does not on 1 of 3 seeds" in said
    assert "red ⟨U+001B⟩[31m and ⟨U+202E⟩" in said
    assert "  2 problem(s)\nsum-column 1.0.0\n  proven\n" in said


@pytest.mark.parametrize(
    ("outcome", "name", "expected"),
    [
        (Outcome.ERROR, "sound_plain", 2),
        (Outcome.FAILED, "empty", 0),
        (Outcome.PASSED, "empty", 2),
        (Outcome.NOT_RUN, "flawed_rounds", 1),
    ],
)
def test_what_is_not_expected_is_marked(
    task: Task, outcome: Outcome, name: str, expected: int
) -> None:
    bad = [trial(name, seed, missed=parts.CHECKS, outcome=outcome) for seed in SEEDS]
    page = words(render_kill_matrix(matrix(task, proven(*bad, without=name))))
    assert page.count("not expected") == expected


def test_a_baseline_may_fail_and_a_refused_starter_could_not_be_run(task: Task) -> None:
    baseline = entrant("ai_baseline_plain")
    trials = (
        *proven(without="starter").trials,
        *(trial(baseline.name, seed, missed=parts.CHECKS) for seed in SEEDS),
        *(trial("starter", seed).model_copy(update={"checks": ()}) for seed in SEEDS),
    )
    found = proven(entrants=(*parts.EVERYONE, baseline), trials=trials)
    page = words(render_kill_matrix(matrix(task, found)))
    assert "not expected" not in page
    assert page.count("could not be run") == 2


@pytest.mark.parametrize("payload", PAYLOADS, ids=lambda payload: payload.name)
def test_hostile_text_of_a_task_is_only_text(task: Task, payload: Any) -> None:
    proof = matrix(task, with_margins())
    hostile = proof.model_copy(
        update={
            "task": proof.task.model_copy(update={"title": payload.text, "id": payload.text}),
            "problems": (payload.text,),
            "margins": tuple(
                one.model_copy(update={"measurement": payload.text, "unit": payload.text})
                for one in proof.margins
            ),
            "solutions": tuple(
                one.model_copy(update={"note": payload.text, "fails": (payload.text,)})
                for one in proof.solutions
            ),
        }
    )
    html = render_kill_matrix(hostile)
    assert not list(page_dangers(html))
    assert not has_hidden_text(html)
    assert not has_hidden_text(render_table(margins_table(hostile.margins)))


def test_both_files_are_written_and_the_json_is_the_matrix(task: Task, tmp_path: Path) -> None:
    proof = matrix(task, with_margins())
    page = write_pages(proof, tmp_path / "deep" / "sum-column")
    assert page.name == "kill-matrix.html"
    assert page.read_text("utf-8") == render_kill_matrix(proof)
    assert KillMatrix.model_validate_json(page.with_suffix(".json").read_bytes()) == proof
