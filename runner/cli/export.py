"""``worksample export``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from runner.cli.options import home_option, open_records, tell

if TYPE_CHECKING:
    from runner.records import Home


@click.command(short_help="Write the gradings in the formats of other tools.")
@home_option
@click.option("--task", metavar="TASK", help="Of this task only.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="File or folder to write; worksample-FORMAT or the like, here, if not given.",
)
@click.option(
    "--visibility",
    type=click.Choice(["hidden", "after_due_date", "after_published", "visible"]),
    help="gradescope: when candidates see the checks; hidden, that is never, if not given.",
)
@click.option(
    "--show-details",
    is_flag=True,
    help="gradescope: put in what the checks found on hidden runs.",
)
@click.argument(
    "style",
    metavar="FORMAT",
    type=click.Choice(
        ["junit", "ctrf", "csv", "parquet", "gradescope", "greenhouse", "ashby"]
    ),
)  # fmt: skip
def export(
    style: str,
    output: Path | None,
    task: str | None,
    visibility: str | None,
    show_details: bool,
    home: Home,
) -> None:
    """Write the last grading of every submission in FORMAT.

    FORMAT is junit, csv or parquet for one file on all submissions; ctrf, gradescope, greenhouse
    or ashby for a folder with a file for each. No rating and no recommendation is filled in.
    """
    from graders.evidence import State
    from runner.export import FORMATS, Visibility, Wish, write
    from runner.text import clean_line

    chosen = FORMATS[style]
    if (visibility or show_details) and not chosen.for_candidates:
        raise click.UsageError("--visibility and --show-details are for gradescope alone.")
    with open_records(home) as records:
        found = [one for one in records.latest() if task in (None, one.task.id)]
    if not found:
        raise click.UsageError(
            f"There is no grading of {task}; `worksample results` lists what there is."
            if task
            else "Nothing has been graded yet; run `worksample grade` first."
        )
    target = output or Path(chosen.default)
    wish = Wish(visibility=Visibility(visibility or "hidden"), show_details=show_details)
    write(chosen.render(found, wish), target)
    graded = sum(one.state is State.GRADED for one in found)
    tell(
        f"{clean_line(str(target))}: {graded} graded submission(s), "
        f"{len(found) - graded} without a grade"
    )
