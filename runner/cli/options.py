"""Options and set-up that several commands share."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from runner.records import Records
    from runner.workshop import Workshop
    from sandbox.docker_engine import DockerSandbox
    from sandbox.images import Images
    from tasks.catalogs import Catalog

catalog_option = click.option(
    "--catalog",
    envvar="WORKSAMPLE_CATALOG",
    metavar="FOLDERS",
    help="Folders of tasks, separated as in PATH; the bundled catalog if not given.",
)
home_option = click.option(
    "--home",
    envvar="WORKSAMPLE_HOME",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(".worksample"),
    show_default=True,
    help="Folder of the records.",
)
runtime_option = click.option(
    "--runtime",
    envvar="WORKSAMPLE_RUNTIME",
    metavar="NAME",
    help="OCI runtime of the engine, such as runsc; its default if not given.",
)

jobs_option = click.option(
    "-j",
    "--jobs",
    type=click.IntRange(1, 64),
    default=lambda: max(1, (os.cpu_count() or 2) // 2),
    show_default="half the processors",
    help="How many to run at the same time.",
)


def open_catalog(setting: str | None) -> Catalog:
    """Return the catalog that an option or the environment names."""
    from tasks.catalogs import Catalog

    return Catalog.from_setting(setting)


def open_sandbox(runtime: str | None = None) -> DockerSandbox:
    """Return a sandbox on the engine, after removing what killed processes left there.

    Raises:
        EngineUnavailableError: no engine answers.
    """
    from sandbox.docker_engine import DockerSandbox

    sandbox = DockerSandbox(runtime=runtime)
    removed = sandbox.remove_leftovers()
    if removed:
        tell(f"Removed {removed} container(s) that an earlier process left behind.")
    return sandbox


@contextlib.contextmanager
def open_records(home: Path) -> Iterator[Records]:
    """Give the records."""
    from runner.records import Records

    records = Records(home)
    try:
        yield records
    finally:
        records.close()


@contextlib.contextmanager
def open_workshop(
    home: Path, *, runtime: str | None = None, progress: Callable[[str], None] | None = None
) -> Iterator[Workshop]:
    """Give everything that grading needs; missing images are built first, and that is said.

    Raises:
        EngineUnavailableError: no engine answers.
        ImageError: an image cannot be built.
        UntrustedEngineError: the engine does not hold what it is asked for.
    """
    from graders.material import GradingImages
    from runner.trust import ensure_trusted
    from runner.workshop import Workshop
    from sandbox.docker_images import DockerImages
    from sandbox.images import Images

    sandbox = open_sandbox(runtime)
    images = Images(DockerImages(sandbox.api))
    references = {
        ref.name: ref.id for ref in images.build(("python-data", "grade"), progress or tell)
    }
    with open_records(home) as records:
        try:
            engine = sandbox.info()
            ensure_trusted(
                sandbox,
                engine,
                image=references["python-data"],
                runtime=runtime,
                progress=progress or tell,
            )
            yield Workshop(
                sandbox=sandbox,
                engine=engine,
                images=GradingImages(
                    candidate=references["python-data"], grade=references["grade"]
                ),
                records=records,
                runtime=runtime,
                make_room=lambda: _remove_old(images),
            )
        finally:
            sandbox.close()


def _remove_old(images: Images) -> None:
    """Remove images of ours that nothing needs any more."""
    for tag in images.remove_old():
        tell(f"The disk is nearly full: removed the old image {tag}.")


def tell(words: str) -> None:
    """Say something on stderr."""
    click.echo(words, err=True)
