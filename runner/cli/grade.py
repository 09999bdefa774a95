"""``worksample grade``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from runner.cli.options import (
    catalog_option,
    engine_option,
    fresh_option,
    hands_for,
    home_option,
    jobs_option,
    open_catalog,
    open_workshop,
    runtime_option,
    tell,
)

if TYPE_CHECKING:
    from runner.pipeline import GradeRequest
    from runner.records import Home, Records
    from tasks.catalogs import Catalog

SHOWN = 200
"""Rows of the table at the end; `worksample results` shows any number."""


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
@click.option(
    "--batch",
    "manifest",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="MANIFEST.csv",
    help="Grade what a CSV file lists: candidate, task, submission. In the place of TASK and "
    "SUBMISSION.",
)
@jobs_option
@fresh_option
@engine_option
@click.option("--again", is_flag=True, help="Grade although the very same was graded before.")
@click.option("--format", "style", type=click.Choice(["human", "json"]), default="human",
              show_default=True)  # fmt: skip
@click.option(
    "-o",
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    help="Also write reports and evidence.json files to this folder.",
)
@click.argument("task", required=False)
@click.argument("submissions", nargs=-1, metavar="[SUBMISSION]...")
def grade(
    task: str | None,
    submissions: tuple[str, ...],
    candidates: tuple[str, ...],
    manifest: Path | None,
    jobs: int,
    fresh: bool,
    engine: str | None,
    again: bool,
    style: str,
    output: Path | None,
    catalog: str | None,
    home: Home,
    runtime: str | None,
) -> int:
    """Grade submissions of TASK, or of many tasks, in containers.

    SUBMISSION is a folder, .zip, .tar.gz, .ipynb, REPOSITORY@COMMIT or the https URL of one.

    What was graded before is not graded again; what could not be judged is tried again. If it was
    interrupted or killed, the same command goes on where it stopped; `worksample status` tells from
    another terminal how far it is.

    With --engine the containers run on the workers of a Dask cluster: docs/cluster.md.
    """
    from runner.batch import Pace, grade_batch
    from runner.cli.progress import watch

    if manifest is None:
        requests = _named(open_catalog(catalog), task, submissions, candidates, again=again)
    elif task is not None or candidates:
        raise click.UsageError("--batch stands in the place of TASK, SUBMISSION and --candidate.")
    else:
        requests = _listed(open_catalog(catalog), manifest, again=again)
    names = [request.candidate for request in requests]
    more = engine is None and len(requests) > jobs
    with open_workshop(home, runtime=runtime, fresh=fresh, ahead=more) as workshop:
        with hands_for(workshop, engine, jobs) as (equipped, workers), watch(names) as watcher:
            batch_id = grade_batch(equipped, requests, pace=Pace(workers=workers), watcher=watcher)
        return close(workshop.records, batch_id, style=style, output=output)


def _named(
    catalog: Catalog,
    task: str | None,
    submissions: tuple[str, ...],
    candidates: tuple[str, ...],
    *,
    again: bool,
) -> list[GradeRequest]:
    from runner.batch.codes import codes_for
    from runner.pipeline import GradeRequest

    if task is None or not submissions:
        raise click.UsageError("Name a TASK and at least one SUBMISSION, or a --batch.")
    loaded = catalog.load(task)
    return [
        GradeRequest(task=loaded, source=source, candidate=code, again=again)
        for source, code in zip(submissions, codes_for(submissions, candidates), strict=True)
    ]


def _listed(catalog: Catalog, manifest: Path, *, again: bool) -> list[GradeRequest]:
    from runner.batch.manifest import read_manifest
    from runner.pipeline import GradeRequest

    lines = read_manifest(manifest, catalog.ids())
    tasks = {task_id: catalog.load(task_id) for task_id in {line.task_id for line in lines}}
    return [
        GradeRequest(
            task=tasks[line.task_id], source=line.source, candidate=line.candidate, again=again
        )
        for line in lines
    ]


def close(records: Records, batch_id: str, *, style: str, output: Path | None) -> int:
    """Print what became of a batch, write its reports, and return the exit code.

    Raises:
        SourceError: there was a submission of which no record could be made.
    """
    from runner.errors import SourceError
    from runner.records import JobState

    facts = list(records.queue.facts(batch_id))
    numbers = [one.grading for one in facts if one.grading and one.state is JobState.DONE]
    if output is not None and numbers:
        from runner.pages import write_reports

        found = [records.grading(number) for number in numbers]
        tell(f"Reports: {write_reports(found, output)}")
    if style == "json":
        _print_json(records, numbers)
    else:
        _print_table(records, numbers)
    failed = [one for one in facts if one.state is JobState.FAILED]
    if failed:
        raise SourceError(failed[0].troubles[-1]["words"])
    return _exit_code({one.grading_state for one in facts})


def _print_json(records: Records, numbers: list[int]) -> None:
    """Print one grading after the other, so that any number of them fits into memory."""
    click.echo('{\n "schema": 1,\n "evidence": [')
    for position, number in enumerate(numbers, 1):
        row = records.grading(number).model_dump(mode="json")
        end = "," if position < len(numbers) else ""
        click.echo(f"{json.dumps(row, indent=1, allow_nan=False)}{end}")
    click.echo(" ]\n}")


def _print_table(records: Records, numbers: list[int]) -> None:
    from runner.tables import results_table

    results = records.results_of(numbers[:SHOWN])
    click.echo(results_table([results[number] for number in numbers[:SHOWN]]), nl=False)
    if len(numbers) > SHOWN:
        click.echo(f"... and {len(numbers) - SHOWN} more: `worksample results` shows all.")


def _exit_code(states: set[str | None]) -> int:
    """Return the exit code of a batch; the worst word decides, points never do."""
    from graders.evidence import State
    from runner.exit_codes import ExitCode

    if State.NOT_GRADABLE.value in states:
        return ExitCode.NOT_GRADABLE
    if State.INVALID_SUBMISSION.value in states:
        return ExitCode.SUBMISSION_INVALID
    return ExitCode.DONE
