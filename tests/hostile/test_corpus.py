"""Every case of the corpus through the real door: intake, containers, hidden tests, evidence.

Beside what a case expects, three things hold for each: it gains no more than the same work without
the hostile part, nothing hidden crosses to the candidate's side, and nothing of ours is left.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
from hostile_corpus import Case, all_cases, deviations, in_words, traces

from runner.pipeline import GradeRequest, grade_submission

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from graders.evidence import Evidence
    from runner.workshop import Workshop
    from tasks.model import Task

pytestmark = pytest.mark.docker

CASES = all_cases()
CANDIDATE = "CASE-1"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_case(
    case: Case,
    tmp_path: Path,
    watched: Any,
    corpus_workshop: Workshop,
    corpus_tasks: dict[str, Task],
    points_of: Callable[[str, str], float],
    record_property: Callable[[str, object], None],
) -> None:
    base_points = points_of(case.file.task, case.file.base)
    source = case.build(tmp_path)
    watched.watch.leaks.clear()
    started = time.monotonic()
    evidence = grade(corpus_workshop, case.task(corpus_tasks), source)
    seconds = time.monotonic() - started
    words = in_words(evidence)
    record_property("hostile", [case.group, case.name, case.file.honest, words, seconds])
    found = [*deviations(case, evidence, base_points), *traces(case, evidence, tmp_path)]
    if seconds > case.file.expect.within_s:
        found.append(f"took {seconds:.0f} s")
    assert not found, found
    assert not watched.watch.leaks, "something hidden crossed"
    assert not watched.left(), "something of ours is left"


def grade(workshop: Workshop, task: Task, source: str) -> Evidence:
    request = GradeRequest(task=task, source=source, candidate=CANDIDATE, again=True)
    return grade_submission(workshop, request).evidence


def test_each_group_has_an_honest_twin() -> None:
    groups = {case.group for case in CASES}
    assert groups == {case.group for case in CASES if case.file.honest}
