"""``worksample grade``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from runner.cli.options import (
    catalog_option,
    home_option,
    jobs_option,
    open_catalog,
    open_workshop,
    runtime_option,
    tell,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from graders.evidence import Evidence
    from runner.batch import Failed
    from runner.pipeline import Graded


@click.command()
@catalog_option
@home_option
@runtime_option
@click.option(
    "--candidate",
    "candidates",
    multiple=True,
    metavar="CODE",
    help="Whose it is; once for each SUBMISSION, in their order. Else its name without ending.",
)
@jobs_option
@click.option("--again", is_flag=True, help="Grade although the very same was graded before.")
@click.option("--format", "style", type=click.Choice(["human", "json"]), default="human",
              show_default=True)  # fmt: skip
@click.option(
    "-o",
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    help="Also write reports and evidence.json files to this folder.",
)
@click.argument("task")
@click.argument("submissions", nargs=-1, required=True, metavar="SUBMISSION...")
def grade(
    task: str,
    submissions: tuple[str, ...],
    candidates: tuple[str, ...],
    jobs: int,
    again: bool,
    style: str,
    output: Path | None,
    catalog: str | None,
    home: Path,
    runtime: str | None,
) -> int:
    """Grade submissions of TASK in containers.

    SUBMISSION is a folder, .zip, .tar.gz, .ipynb, REPOSITORY@COMMIT or the https URL of one.
    What was graded before is not graded again; what could not be judged is tried again.
    """
    from runner.batch import evidence_of, grade_batch
    from runner.cli.progress import watch
    from runner.codes import codes_for
    from runner.pipeline import GradeRequest

    loaded = open_catalog(catalog).load(task)
    whose = codes_for(submissions, candidates)
    requests = [
        GradeRequest(task=loaded, source=source, candidate=code, again=again)
        for source, code in zip(submissions, whose, strict=True)
    ]
    with open_workshop(home, runtime=runtime) as workshop, watch(whose) as watcher:
        outcomes = grade_batch(workshop, requests, workers=jobs, watcher=watcher)
    found = evidence_of(outcomes)
    if output is not None and found:
        from runner.pages import write_reports

        tell(f"Reports: {write_reports(found, output)}")
    _print(found, style)
    return exit_code(outcomes)


def _print(evidence: Sequence[Evidence], style: str) -> None:
    from runner.tables import results_table

    if style == "json":
        rows = [one.model_dump(mode="json") for one in evidence]
        click.echo(json.dumps({"schema": 1, "evidence": rows}, indent=1, allow_nan=False))
    else:
        click.echo(results_table(evidence), nl=False)


def exit_code(outcomes: Sequence[Graded | Failed]) -> int:
    """Return the exit code of a batch; the worst word decides, points never do.

    Raises:
        Exception: the first error of a submission for which no record could be made.
    """
    from graders.evidence import State
    from runner.batch import evidence_of, first_error
    from runner.exit_codes import ExitCode

    error = first_error(outcomes)
    if error is not None:
        raise error
    states = {one.state for one in evidence_of(outcomes)}
    if State.NOT_GRADABLE in states:
        return ExitCode.NOT_GRADABLE
    if State.INVALID_SUBMISSION in states:
        return ExitCode.SUBMISSION_INVALID
    return ExitCode.DONE
