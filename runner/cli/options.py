"""Options and set-up that several commands share."""

from __future__ import annotations

import contextlib
import functools
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from runner.records import Home, Records
    from runner.workshop import Workshop
    from sandbox.docker_engine import DockerSandbox
    from tasks.catalogs import Catalog

MOST_UNDER_WAY = 256
"""Submissions that one process has under way on a cluster."""

catalog_option = click.option(
    "--catalog",
    envvar="WORKSAMPLE_CATALOG",
    metavar="FOLDERS",
    help="Folders of tasks, separated as in PATH; the bundled catalog if not given.",
)
_HOME = (
    click.option(
        "--home",
        envvar="WORKSAMPLE_HOME",
        type=click.Path(file_okay=False, path_type=Path),
        default=Path(".worksample"),
        show_default=True,
        help="Folder of the records.",
    ),
    click.option(
        "--records",
        envvar="WORKSAMPLE_RECORDS",
        metavar="URL",
        help="Database of the records, postgresql://USER@HOST/NAME; in the folder if not given.",
    ),
    click.option(
        "--files",
        envvar="WORKSAMPLE_FILES",
        metavar="URL",
        help="Store of their files, such as s3://BUCKET/PREFIX; in the folder if not given.",
    ),
)
runtime_option = click.option(
    "--runtime",
    envvar="WORKSAMPLE_RUNTIME",
    metavar="NAME",
    help="OCI runtime of the engine, such as runsc; its default if not given.",
)
fresh_option = click.option(
    "--fresh",
    is_flag=True,
    envvar="WORKSAMPLE_FRESH",
    help="A grade container of its own for each submission, as strict as can be; slower.",
)

jobs_option = click.option(
    "-j",
    "--jobs",
    type=click.IntRange(1, 64),
    default=lambda: max(1, (os.cpu_count() or 2) // 2),
    show_default="half the processors",
    help="How many to run at the same time.",
)


def home_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command ``home``: where the records live, by three options."""

    @functools.wraps(command)
    def with_home(
        *rest: object, home: Path, records: str | None, files: str | None, **others: object
    ) -> object:
        from runner.records import Home

        where = Home(folder=home, records=records or None, files=files or None)
        return command(*rest, home=where, **others)

    for option in reversed(_HOME):
        with_home = option(with_home)
    return with_home


def _check_engine(_ctx: click.Context, _option: click.Parameter, url: str | None) -> str | None:
    if url is not None and not re.fullmatch(r"(dask|tcp|tls)://[^/]+:\d+", url):
        raise click.BadParameter("it has the form dask://HOST:PORT, or tls://HOST:PORT.")
    return url


engine_option = click.option(
    "--engine",
    envvar="WORKSAMPLE_ENGINE",
    metavar="URL",
    callback=_check_engine,
    help="Scheduler of a Dask cluster whose workers do the grading, as dask://HOST:PORT; -j is all "
    "their threads if not given.",
)


def open_catalog(setting: str | None) -> Catalog:
    """Return the catalog that an option or the environment names."""
    from tasks.catalogs import Catalog

    return Catalog.from_setting(setting)


def open_sandbox(runtime: str | None = None) -> DockerSandbox:
    """Return a sandbox on the engine; see :func:`runner.opening.open_sandbox`."""
    from runner.opening import open_sandbox

    return open_sandbox(runtime, say=tell)


@contextlib.contextmanager
def open_records(home: Home) -> Iterator[Records]:
    """Give the records."""
    from runner.opening import open_records

    with open_records(home, say=tell) as records:
        yield records


@contextlib.contextmanager
def open_workshop(
    home: Path | Home,
    *,
    runtime: str | None = None,
    fresh: bool = False,
    ahead: bool = False,
    progress: Callable[[str], None] | None = None,
) -> Iterator[Workshop]:
    """Give everything that grading needs; see :func:`runner.opening.open_workshop`."""
    from runner.opening import open_workshop

    say = progress or tell
    with open_workshop(home, runtime=runtime, fresh=fresh, ahead=ahead, say=say) as workshop:
        yield workshop


@contextlib.contextmanager
def hands_for(workshop: Workshop, engine: str | None, jobs: int) -> Iterator[tuple[Workshop, int]]:
    """Give the workshop with the workers that ``--engine`` names, and how many work at once."""
    if engine is None:
        yield workshop, jobs
        return
    from runner.errors import WorkerError
    from runner.remote.elsewhere import elsewhere

    try:
        from runner.remote.cluster import open_cluster
    except ModuleNotFoundError as error:
        raise WorkerError(
            f"{engine} takes Dask: install it with `pip install 'worksample[dask]'`."
        ) from error

    source = click.get_current_context().get_parameter_source("jobs")
    with open_cluster(engine) as cluster:
        threads = min(cluster.threads(), MOST_UNDER_WAY)
        workers = threads if source is ParameterSource.DEFAULT else jobs
        tell(f"Grading on {engine}, {workers} at the same time.")
        if not workshop.records.objects.is_far:
            tell("Workers on other machines cannot read the files; --files names a store for all.")
        yield elsewhere(workshop, cluster, check=cluster.check), workers


def tell(words: str) -> None:
    """Say something on stderr."""
    click.echo(words, err=True)
