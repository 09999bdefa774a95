"""The page of a task's proof in a browser: whole, narrow and wide, whatever the author wrote."""

from __future__ import annotations

from typing import TYPE_CHECKING

import proof_parts as parts
import pytest
from hostile_text import PAYLOADS
from page_proof import page_faults
from proof_parts import SEEDS, measured, proven, trial

from runner.proof.matrix import kill_matrix
from runner.report import render_kill_matrix
from tasks.loader import load_task

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

FOOTER = "Made by worksample from trials of the task's own solutions."
SECTIONS = ("problems", "matrix", "margins", "limits", "solutions")
HOSTILE = "\n".join(
    one.text for one in PAYLOADS if len(one.text) < 300 and "\ufe0f" not in one.text
)


@pytest.mark.parametrize("text", ["honest", HOSTILE], ids=["honest", "hostile"])
def test_the_page_of_a_proof_is_only_text(
    text: str, browser: Browser, make_task: Callable[..., Path], tmp_path: Path
) -> None:
    sound = [trial("sound_plain", s, measurements=[measured(0.9, at_least=0.8)]) for s in SEEDS]
    flawed = trial(
        "flawed_rounds", 7, missed=parts.ROUNDS, measurements=[measured(0, at_least=0.8)]
    )
    others = [one for who in parts.EVERYONE[2:] for one in parts.trials_of(who)]
    proof = kill_matrix(
        load_task(make_task()),
        proven(trials=(*sound, flawed, trial("flawed_rounds", 8), *others)),
        seeds=SEEDS,
        seconds=1.0,
        made=1,
        kept=0,
    )
    proof = proof.model_copy(
        update={
            "problems": (text,),
            "solutions": tuple(one.model_copy(update={"note": text}) for one in proof.solutions),
        }
    )
    page = tmp_path / "kill-matrix.html"
    page.write_text(render_kill_matrix(proof), "utf-8")
    faults = page_faults(
        browser, page, sections=SECTIONS, shows=["total-is-right", "not expected"], footer=FOOTER
    )
    assert faults == []
