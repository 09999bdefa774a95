"""``worksample tasks proofs``."""

from __future__ import annotations

import click

from runner.cli.options import catalog_option, open_catalog


@click.command(short_help="Show what the proofs of tasks came to.")
@catalog_option
@click.option("--format", "style", type=click.Choice(["human", "markdown", "json"]),
              default="human", show_default=True)  # fmt: skip
@click.argument("task_ids", nargs=-1, metavar="[TASK]...")
def proofs(task_ids: tuple[str, ...], style: str, catalog: str | None) -> int:
    """Show the proof of each TASK: seeds, time, and how far its thresholds are from what was found.

    All tasks of the catalog if none is given. A proof is what `worksample tasks validate
    --write-summary` left in the task's folder. Exit code 3 if one is missing or outdated.
    """
    import json

    from runner.exit_codes import ExitCode
    from runner.proof.summary import outdated, read_summary
    from runner.proof.tables import margins_markdown, margins_table
    from runner.tables import render_table
    from runner.text import clean_line

    catalog_ = open_catalog(catalog)
    tasks = [catalog_.load(task_id) for task_id in task_ids or catalog_.ids()]
    problems = {task.id: list(outdated(task)) for task in tasks}
    found = {task.id: read_summary(task) for task in tasks if not problems[task.id]}
    if style == "json":
        rows = [
            {"task": task.id, "problems": problems[task.id],
             "proof": one.model_dump(mode="json") if (one := found.get(task.id)) else None}
            for task in tasks
        ]  # fmt: skip
        click.echo(json.dumps({"schema": 1, "tasks": rows}, indent=1, allow_nan=False))
    elif style == "markdown":
        click.echo("\n".join(margins_markdown(one) for one in found.values() if one), nl=False)
    else:
        for task in tasks:
            one = found.get(task.id)
            if one is not None:
                words = f"proven on {one.seeds} seed(s), {one.seconds / 60:.0f} minutes of trials"
                click.echo(f"{clean_line(task.id)} {clean_line(task.manifest.version)}: {words}")
                if one.margins:
                    click.echo(render_table(margins_table(one.margins)), nl=False)
            for problem in problems[task.id]:
                click.echo(f"{clean_line(task.id)}: {clean_line(problem, max_chars=1000)}")
    return ExitCode.TASK_INVALID if any(problems.values()) else ExitCode.DONE
