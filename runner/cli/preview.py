"""``worksample tasks preview``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from runner.cli.options import (
    catalog_option,
    home_option,
    open_catalog,
    open_workshop,
    runtime_option,
    tell,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runner.records import Home
    from runner.workshop import Workshop
    from tasks.model import Task

DEFAULT_SEED: Final = 1
NOBODY: Final = "PREVIEW"
"""In the place of a candidate's code where nobody's data is shown."""


@click.command()
@catalog_option
@home_option
@runtime_option
@click.option("--candidate", metavar="CODE", help="Show this candidate's own variant.")
@click.option(
    "--seed",
    type=click.IntRange(0, 2**64 - 1),
    help=f"Show the variant of a seed that is nobody's; {DEFAULT_SEED} if neither is given.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The page to write; TASK-preview.html here if not given.",
)
@click.argument("task")
def preview(
    task: str,
    candidate: str | None,
    seed: int | None,
    output: Path | None,
    catalog: str | None,
    home: Home,
    runtime: str | None,
) -> None:
    """Write the page of a task for the hiring manager to sign off. Not for candidates."""
    from runner.report.preview import render_preview
    from tasks.brief import render_brief
    from tasks.variant import check_candidate_code

    if candidate is not None and seed is not None:
        raise click.UsageError("Give --candidate or --seed, not both.")
    try:
        code = check_candidate_code(NOBODY if candidate is None else candidate)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--candidate") from error
    loaded = open_catalog(catalog).load(task)
    seed = DEFAULT_SEED if seed is None else seed
    with open_workshop(home, runtime=runtime) as workshop:
        facts = _facts(workshop, loaded, candidate, seed)
    page = render_preview(
        loaded,
        brief=render_brief(loaded, facts=facts, candidate=code),
        data_of=candidate or f"seed {seed}, which is nobody's",
    )
    path = output or Path(f"{task}-preview.html")
    path.write_text(page, encoding="utf-8")
    tell(f"{path}: for the hiring manager, not for candidates")


def _facts(
    workshop: Workshop, task: Task, candidate: str | None, seed: int
) -> Mapping[str, object]:
    """Return what the generator says that the brief may mention."""
    from graders.variants import generate
    from runner.variants import obtain_variant

    if candidate is not None:
        return obtain_variant(workshop, task, candidate).data.facts
    image = workshop.images.grade
    data = generate(workshop.graders, task, image=image, seed=seed, scenarios=("public",))
    return data.facts
