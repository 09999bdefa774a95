"""``worksample demo``: the bundled cohort, graded and reported."""

from __future__ import annotations

import os
import webbrowser
from pathlib import Path
from typing import Final

import click

from runner.cli.options import open_catalog, open_workshop
from runner.pipeline import GradeRequest

COHORT: Final = {
    "churn-leak": ("LYNX-21", "OTTER-22"),
    "serve-budget": ("LYNX-31", "OTTER-32"),
    "orders-etl": ("LYNX-11", "OTTER-12"),
}
"""Candidates by task, the longest first; one hands in a sound solution, the other a flawed one."""


@click.command(short_help="Grade a sample cohort and write its reports.")
@click.option(
    "-o",
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("reports"),
    show_default=True,
)
@click.option("--open", "open_page", is_flag=True, help="Open the cohort page in a browser.")
def demo(output: Path, open_page: bool) -> int:
    """Grade a sample cohort on all three kinds of task and write its reports."""
    from runner.batch import Pace, grade_batch
    from runner.cli.grade import close
    from runner.cli.progress import watch

    requests = sample_cohort()
    names = [request.candidate for request in requests]
    workers = max(2, (os.cpu_count() or 2) // 2)
    with open_workshop(Path(".worksample")) as workshop:
        with watch(names) as watcher:
            batch_id = grade_batch(workshop, requests, pace=Pace(workers=workers), watcher=watcher)
        code = close(workshop.records, batch_id, style="human", output=output)
    if open_page:
        webbrowser.open((output / "index.html").resolve().as_uri())
    return code


def sample_cohort() -> list[GradeRequest]:
    """Return the sample submissions: the tasks' own solutions, as candidates would hand them in."""
    catalog = open_catalog(None)
    requests = []
    for task_id, codes in COHORT.items():
        task = catalog.load(task_id)
        sound = [one for one in task.solutions if one.kind == "sound"][:1]
        flawed = [one for one in task.solutions if one.kind == "flawed"][: len(codes) - 1]
        for code, solution in zip(codes, [*sound, *flawed], strict=True):
            source = str(task.solution_path(solution))
            requests.append(GradeRequest(task=task, source=source, candidate=code))
    return requests
