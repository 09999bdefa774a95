from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from proof_parts import EVERYONE, SEEDS, measured, proven, trial, trials_of

from graders.evidence import Catch
from runner.cli import run
from runner.proof.matrix import KillMatrix, kill_matrix
from runner.proof.summary import catches_of, outdated, read_summary, summarise, write_summary
from runner.proof.tables import margins_markdown
from runner.proof.trial import entrants
from tasks.loader import load_task

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tasks.model import Task


@pytest.fixture
def task(make_task: Callable[..., Path]) -> Task:
    return load_task(make_task())


def proof_of(task: Task) -> KillMatrix:
    """Return a proof whose trials are made up and whose digests are the task's."""
    found = proven()
    proof = kill_matrix(task, found, seeds=SEEDS, seconds=4.0, made=15, kept=0)
    real = kill_matrix(
        task,
        proven(entrants=entrants(task), trials=(), repeats=()),
        seeds=SEEDS,
        seconds=0,
        made=0,
        kept=0,
    )
    return proof.model_copy(update={"solutions": real.solutions})


def test_summary_says_what_each_check_catches(task: Task) -> None:
    trials = [one for who in EVERYONE for one in trials_of(who) if who.name != "sound_plain"]
    sound = trial("sound_plain", measurements=[measured(0.9, at_least=0.8)])
    flawed = trial(
        "flawed_rounds", missed=["total-is-right"], measurements=[measured(0, at_least=0.8)]
    )
    found = proven(trials=(sound, flawed, *trials))
    proof = kill_matrix(task, found, seeds=SEEDS, seconds=4.0, made=15, kept=0)
    summary = summarise(proof)
    assert summary.task_digest == task.digest
    assert [(one.solution, one.note) for one in summary.catches["total-is-right"]] == [
        ("flawed_rounds", "About flawed_rounds.")
    ]
    (margin,) = summary.margins
    assert margin == proof.margins[0]
    assert margin.share(margin.sound) == pytest.approx(1 / 9)
    assert summary.seconds == 1.5 * len(found.trials)
    assert "starter" not in summary.solutions


def test_a_written_summary_holds_and_leaves_the_digest_alone(task: Task) -> None:
    write_summary(task, proof_of(task))
    again = load_task(task.path)
    assert again.digest == task.digest
    assert list(outdated(again)) == []
    assert catches_of(again) == {
        "total-is-right": (Catch(note="About flawed_rounds.", seeds=3, of=3),),
        "rerun-is-identical": (Catch(note="About flawed_stamps.", seeds=3, of=3),),
    }


def test_a_changed_task_has_no_proof(task: Task) -> None:
    write_summary(task, proof_of(task))
    (task.path / "brief.md").write_text("# Other\n")
    changed = load_task(task.path)
    assert read_summary(changed) is None
    assert catches_of(changed) == {}
    (reason,) = outdated(changed)
    assert "is not of the task as it stands" in reason
    assert "`worksample tasks validate sum-column --write-summary`" in reason


def test_a_changed_solution_is_named(task: Task) -> None:
    write_summary(task, proof_of(task))
    (task.path / "solutions/flawed_rounds/total.py").write_text("print('otherwise')\n")
    (reason,) = outdated(load_task(task.path))
    assert "knows another solution flawed_rounds than there is" in reason


@pytest.mark.parametrize("content", [None, "", "{}", '{"schema_version": "2.0"}'])
def test_what_cannot_be_read_proves_nothing(task: Task, content: str | None) -> None:
    if content is not None:
        (task.path / "proof.json").write_text(content)
    assert read_summary(task) is None
    assert catches_of(task) == {}
    assert len(list(outdated(task))) == 1


def test_a_proof_as_markdown_has_a_row_for_each_threshold(task: Task) -> None:
    found = proven(trials=[trial("sound_plain", measurements=[measured(0.9, at_least=0.8)])])
    text = margins_markdown(
        summarise(kill_matrix(task, found, seeds=SEEDS, seconds=4.0, made=1, kept=0))
    )
    assert text.startswith("### sum-column 1.0.0\n\n3 seeds, ")
    (row,) = [line for line in text.splitlines() if line.startswith("| `")]
    assert row.split(" | ")[1:] == ["0.9 against 0.8", "none", "no gap |"]


def test_a_proof_without_thresholds_says_so(task: Task) -> None:
    assert "everything is right or wrong" in margins_markdown(summarise(proof_of(task)))


def test_proofs_are_shown_with_what_is_missing(
    task: Task, capsys: pytest.CaptureFixture[str]
) -> None:
    show = ["tasks", "proofs", "--catalog", str(task.path.parent)]
    assert run(show) == 3
    assert "is not of the task as it stands" in capsys.readouterr().out
    write_summary(task, proof_of(task))
    assert run(show) == 0
    assert capsys.readouterr().out.startswith("sum-column 1.0.0: proven on 3 seed(s), ")
    assert run([*show, "--format", "json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)["tasks"]
    assert (row["task"], row["problems"], row["proof"]["seeds"]) == ("sum-column", [], 3)
    assert run([*show, "--format", "markdown"]) == 0
    assert capsys.readouterr().out.startswith("### sum-column 1.0.0\n")
