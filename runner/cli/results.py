"""``worksample results``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from runner.cli.options import home_option, open_records

if TYPE_CHECKING:
    from runner.records import Home


@click.command(short_help="Show the last grading of every submission.")
@home_option
@click.option("--task", metavar="TASK", help="Of this task only.")
@click.option(
    "--format",
    "style",
    type=click.Choice(["table", "json", "csv"]),
    default="table",
    show_default=True,
)
def results(home: Home, task: str | None, style: str) -> None:
    """Show the last grading of every submission; sorted by task and code, never ranked."""
    from runner.tables import results_csv, results_json, results_table

    with open_records(home) as records:
        found = [one for one in records.latest_results() if task in (None, one["task"])]
    if style == "json":
        click.echo(results_json(found))
    elif style == "csv":
        click.echo(results_csv(found), nl=False)
    else:
        click.echo(results_table(found), nl=False)
