"""``worksample tasks validate``."""

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
    from runner.proof.matrix import KillMatrix
    from runner.proof.validate import Plan
    from runner.records import Home
    from runner.workshop import Workshop
    from tasks.model import Task


@click.command(short_help="Hold a task's checks against its own solutions.")
@catalog_option
@home_option
@runtime_option
@click.option("--seeds", type=click.IntRange(1, 1000), default=20, show_default=True,
              help="On how many seeds.")  # fmt: skip
@click.option("--repeats", type=click.IntRange(1, 100), default=3, show_default=True,
              help="How often the first sound solution is run on one of them.")  # fmt: skip
@jobs_option
@click.option("--again", is_flag=True, help="Run what was run before on the same grounds, too.")
@click.option("--write-summary", is_flag=True,
              help="Write proof.json into the folder of each task that is proven.")  # fmt: skip
@click.option("--format", "style", type=click.Choice(["human", "json"]), default="human",
              show_default=True)  # fmt: skip
@click.option(
    "-o",
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("reports/validate"),
    show_default=True,
    help="Folder for kill-matrix.json and kill-matrix.html, below it one folder for each task.",
)
@click.argument("task_ids", nargs=-1, metavar="[TASK]...")
def validate(
    task_ids: tuple[str, ...],
    seeds: int,
    repeats: int,
    jobs: int,
    again: bool,
    write_summary: bool,
    style: str,
    output: Path,
    catalog: str | None,
    home: Home,
    runtime: str | None,
) -> int:
    """Hold the checks of each TASK against its own solutions, in containers, on many seeds.

    All tasks of the catalog if none is given. Exit code 3, and a sentence for each problem, unless
    sound solutions pass, flawed ones fail exactly what they are there to fail, nothing is hidden
    in a packet, and every threshold stands well between the two. What was run before on the same
    grounds is not run again.
    """
    from runner.exit_codes import ExitCode
    from runner.proof.validate import Plan, seeds_for

    found = open_catalog(catalog)
    tasks = [found.load(task_id) for task_id in task_ids or found.ids()]
    plan = Plan(seeds=seeds_for(seeds), repeats=repeats, workers=jobs, again=again)
    with open_workshop(home, runtime=runtime, ahead=True) as workshop:
        proofs = [_validate(workshop, task, plan, output, write=write_summary) for task in tasks]
    if style == "json":
        rows = [proof.model_dump(mode="json") for proof in proofs]
        click.echo(json.dumps({"schema": 1, "tasks": rows}, indent=1, allow_nan=False))
    else:
        print_proofs(proofs)
    return ExitCode.TASK_INVALID if any(proof.problems for proof in proofs) else ExitCode.DONE


def _validate(
    workshop: Workshop, task: Task, plan: Plan, output: Path, *, write: bool
) -> KillMatrix:
    """Prove one task, and write down what came of it."""
    from runner.cli.progress import count_steps
    from runner.proof.pages import write_pages
    from runner.proof.summary import write_summary
    from runner.proof.validate import prove_task

    with count_steps(task.id, plan.count(task)) as step:
        proof = prove_task(workshop, task, plan, tell=step)
    page = write_pages(proof, output / task.id)
    tell(
        f"{task.id}: {len(proof.problems)} problem(s), {proof.made} trial(s) made and "
        f"{proof.kept} kept, {proof.seconds:g} s: {page}"
    )
    if write and not proof.problems:
        tell(f"{task.id}: {write_summary(task, proof)}")
    return proof


def print_proofs(proofs: list[KillMatrix]) -> None:
    """Print margins and problems on stdout."""
    from runner.proof.tables import margins_table
    from runner.tables import render_table
    from runner.text import clean_line

    for proof in proofs:
        click.echo(f"{clean_line(proof.task.id)} {clean_line(proof.task.version)}")
        if proof.margins:
            click.echo(render_table(margins_table(proof.margins)), nl=False)
        for problem in proof.problems:
            click.echo(f"  * {clean_line(problem, max_chars=1000)}")
        click.echo(f"  {len(proof.problems)} problem(s)" if proof.problems else "  proven")
