"""``worksample history``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from runner.cli.options import home_option, open_records

if TYPE_CHECKING:
    from runner.records import Home


@click.command(short_help="Show all gradings of a candidate's work.")
@home_option
@click.option("--format", "style", type=click.Choice(["human", "json"]), default="human",
              show_default=True)  # fmt: skip
@click.argument("candidate")
@click.argument("task", required=False)
def history(candidate: str, task: str | None, home: Home, style: str) -> None:
    """Show all gradings of what CANDIDATE handed in: when, why, and what changed each time.

    The last one of a submission is what `worksample results` and the reports show; none is ever
    overwritten.
    """
    from runner.regrading.report import history_text, past_facts
    from runner.regrading.steps import change_of

    with open_records(home) as records:
        found = [one for one in records.history.of(candidate) if task in (None, one.task)]
        if not found:
            raise click.UsageError(
                f"There is no grading of {candidate}; `worksample results` lists what there is."
            )
        rows = [past_facts(one, change_of(records, one)) for one in found]
    if style == "json":
        click.echo(json.dumps({"schema": 1, "history": rows}, indent=1))
    else:
        click.echo(history_text(rows), nl=False)
