"""``worksample check``, for candidates."""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from runner.cli.options import open_sandbox, runtime_option, tell

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from graders.notebook import RebuiltNotebook
    from graders.rehearsal import Rehearsal
    from runner.check_report import CheckReport
    from runner.packet_folder import PacketFolder
    from sandbox.docker_engine import DockerSandbox

    Rehearse = Callable[[RebuiltNotebook | None], Rehearsal]

NO_CONTAINER = (
    "This runs on your machine, not in the container that grades: limits, packages and isolation "
    "differ, and so may the result"
)
SCHEMA = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the work ran."""

    image: str | None
    """The image's id; None on this machine, or if nothing ran."""
    warning: str = ""


@click.command(short_help="For candidates: is it complete, do the public tests pass.")
@runtime_option
@click.option(
    "--local",
    is_flag=True,
    help="Run on this machine instead of in a container; the result may differ from grading.",
)
@click.option("--format", "style", type=click.Choice(["human", "json"]), default="human",
              show_default=True)  # fmt: skip
@click.argument(
    "path", type=click.Path(exists=True, file_okay=False, path_type=Path), default=Path()
)
def check(path: Path, local: bool, style: str, runtime: str | None) -> int:
    """Say whether the work in PATH is complete and passes the public tests.

    PATH is the folder that was unpacked from a packet; the current one if not given. It runs in a
    container like the one that grades, or, where there is none, on this machine: check nobody's
    work but your own.
    """
    from runner.check import check_folder
    from runner.exit_codes import ExitCode
    from runner.packet_folder import open_packet_folder

    folder = open_packet_folder(path.absolute())
    if folder.problems:
        report, place = check_folder(folder, _never), Place(image=None)
    else:
        with _place_to_run(folder, local=local, runtime=runtime) as (rehearse, place):
            report = check_folder(folder, rehearse)
    _print(report, place, style)
    return ExitCode.DONE if report.ready else ExitCode.SUBMISSION_INVALID


def _never(_notebook: RebuiltNotebook | None) -> Rehearsal:
    raise AssertionError("nothing runs whose files are refused")


@contextlib.contextmanager
def _place_to_run(
    folder: PacketFolder, *, local: bool, runtime: str | None
) -> Iterator[tuple[Rehearse, Place]]:
    """Give what runs the work, and where that is."""
    from runner.check import in_containers

    found = "--local was given" if local else _find_image(folder.public.image, runtime)
    if isinstance(found, str):
        warning = f"{NO_CONTAINER} ({found})"
        tell(f"WARNING: {warning}")
        yield _on_this_machine(folder), Place(image=None, warning=warning)
        return
    sandbox, image = found
    try:
        yield in_containers(folder, sandbox, image), Place(image=image)
    finally:
        sandbox.close()


def _find_image(name: str, runtime: str | None) -> tuple[DockerSandbox, str] | str:
    """Return an engine and the image to run in, built if it is missing; or why there is none."""
    from sandbox.docker_images import DockerImages
    from sandbox.errors import EngineUnavailableError, ImageError
    from sandbox.images import Images

    try:
        sandbox = open_sandbox(runtime)
    except EngineUnavailableError as error:
        return str(error)
    try:
        return sandbox, Images(DockerImages(sandbox.api)).ensure(name, tell).id
    except ImageError as error:
        sandbox.close()
        return str(error)


def _on_this_machine(folder: PacketFolder) -> Rehearse:
    from runner.errors import LocalPythonError
    from runner.local_place import LocalWork
    from runner.local_python import find_python, require_modules
    from runner.local_runs import rehearse_locally
    from sandbox.recipe import load_recipe

    def run(notebook: RebuiltNotebook | None) -> Rehearsal:
        if folder.public.upstream is not None:
            raise LocalPythonError(
                "The runs of this task speak to an API that worksample serves in a container: "
                "start Docker, or run `python upstream/serve.py` and the brief's command beside it."
            )
        python = find_python(folder.task.path, load_recipe("python-data"), tell)
        tell(f"It runs on {python}.")
        require_modules(python, ("pytest", *(("nbclient", "ipykernel") if notebook else ())))
        return rehearse_locally(
            LocalWork(
                task=folder.task,
                files=folder.files,
                notebook=notebook,
                data=folder.data,
                python=python,
            )
        )

    return run


def _print(report: CheckReport, place: Place, style: str) -> None:
    if style == "json":
        where = "container" if place.image else "local" if place.warning else None
        facts = {"schema": SCHEMA, "where": where, "image": place.image, "warning": place.warning}
        click.echo(json.dumps({**facts, **report.to_json()}, indent=1, allow_nan=False))
        return
    click.echo(report.to_text())
    if place.image is not None:
        click.echo(f"It ran in containers of the image {place.image[:19]}.")
    if place.warning:
        click.echo(place.warning)
