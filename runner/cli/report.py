"""``worksample report``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from runner.cli.options import home_option, open_records, tell

if TYPE_CHECKING:
    from runner.records import Home


@click.command(short_help="Write the reports as HTML pages.")
@home_option
@click.option(
    "-o",
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("reports"),
    show_default=True,
    help="Folder for the pages.",
)
@click.argument("submissions", nargs=-1, metavar="[SUBMISSION]...")
def report(submissions: tuple[str, ...], output: Path, home: Home) -> None:
    """Write the reports: a page for each submission and one for all of them.

    SUBMISSION is a candidate's code or the id of a submission; all if none is given.
    """
    from runner.pages import write_reports

    with open_records(home) as records:
        found = records.latest()
    chosen = [
        one
        for one in found
        if not submissions or {one.submission.candidate, one.submission.id} & set(submissions)
    ]
    known = {name for one in found for name in (one.submission.candidate, one.submission.id)}
    unknown = sorted(set(submissions) - known)
    if unknown:
        raise click.UsageError(
            f"There is no grading of {unknown[0]}; `worksample results` lists what there is."
        )
    if not chosen:
        raise click.UsageError("Nothing has been graded yet; run `worksample grade` first.")
    index = write_reports(chosen, output)
    tell(f"{len(chosen)} report(s) and {index}")
