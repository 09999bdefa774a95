"""``worksample tasks new``."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from runner.cli.options import tell

NEXT = ("show", "validate", "preview")


@click.command(name="new")
@click.option(
    "--kind",
    required=True,
    type=click.Choice(["repo", "notebook", "service"]),
    help="What candidates hand in.",
)
@click.option(
    "-o",
    "--output",
    "catalog",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    help="The catalog folder to make it in; this folder if not given.",
)
@click.argument("slug")
def new(slug: str, kind: str, catalog: Path) -> None:
    """Make the folder of a new task: small, whole, and to be changed step by step.

    SLUG is its id, such as late-corrections. Nothing is overwritten.
    """
    from tasks.errors import CatalogError, TaskExistsError, TaskSlugError
    from tasks.loader import load_task
    from tasks.manifest import TaskKind
    from tasks.skeleton import create_task

    try:
        folder = create_task(slug, TaskKind(kind), catalog)
    except TaskSlugError as error:
        raise click.BadParameter(str(error), param_hint="SLUG") from error
    except (CatalogError, TaskExistsError) as error:
        raise click.UsageError(str(error)) from error
    except OSError as error:
        raise click.UsageError(f"{catalog / slug} cannot be written: {error.strerror}.") from error
    task = load_task(folder)
    tell(
        f"{folder}: a whole task, with {len(task.checks)} checks and {len(task.solutions)} "
        "solutions. Its README.md says what to change, in which order. Next:"
    )
    for verb in NEXT:
        click.echo(shlex.join(["worksample", "tasks", verb, slug, "--catalog", str(catalog)]))
