"""``worksample tasks import`` and ``worksample tasks export``: tasks from and for Harbor."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from runner.cli.options import catalog_option, open_catalog, open_sandbox, runtime_option, tell

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runner.harbor.losses import Loss

output_option = click.option(
    "-o",
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    help="Where to write the folder; here if not given.",
)


@click.command(name="import", short_help="Make a task folder of a Harbor task.")
@output_option
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
def import_(folder: Path, output: Path) -> None:
    """Make a task folder of the Harbor task in FOLDER, as far as it fits.

    Nothing in FOLDER is executed. What did not fit is listed, and written to IMPORT.md: its checks,
    above all, are yet to be written.
    """
    from runner.harbor.importing import PAGE, import_task

    target, losses = import_task(folder, output)
    _say(losses)
    tell(f"{target}: {len(losses)} things to see to, also in {PAGE}")


@click.command(short_help="Make a Harbor task of a task.")
@catalog_option
@runtime_option
@output_option
@click.option("--seed", type=click.IntRange(0, 2**64 - 1), default=1, show_default=True,
              help="Of the data, which are the same for everybody there.")  # fmt: skip
@click.argument("task")
def export(task: str, output: Path, seed: int, catalog: str | None, runtime: str | None) -> None:
    """Make a Harbor task of TASK: brief, data of one seed, public tests, a sound solution.

    Hidden tests and truth stay here. What was lost is listed, and written to EXPORT.md.
    """
    from graders.grade_containers import GradeContainers
    from graders.variants import generate
    from runner.harbor.exporting import PAGE, export_task
    from sandbox.docker_images import DockerImages
    from sandbox.images import Images
    from tasks.public import PUBLIC_SCENARIO

    loaded = open_catalog(catalog).load(task)
    sandbox = open_sandbox(runtime)
    try:
        image = Images(DockerImages(sandbox.api)).ensure("grade", tell).id
        graders = GradeContainers(sandbox, most_uses=1)
        data = generate(graders, loaded, image=image, seed=seed, scenarios=(PUBLIC_SCENARIO,))
    finally:
        sandbox.close()
    target, losses = export_task(loaded, data, seed=seed, output=output)
    _say(losses)
    tell(f"{target}: {len(losses)} things lost, also in {PAGE}")


def _say(losses: Sequence[Loss]) -> None:
    for loss in losses:
        click.echo(str(loss))
