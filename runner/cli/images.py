"""``worksample images``."""

from __future__ import annotations

from contextlib import closing

import click
from rich.console import Console
from rich.table import Table

from runner.cli.options import open_sandbox, tell


@click.group(short_help="Build and list the two images.")
def images() -> None:
    """Build and list the images that submissions and hidden tests run in."""


@images.command()
@click.option("--force", is_flag=True, help="Build anew, on a base fetched anew.")
@click.argument("names", nargs=-1, metavar="[NAME]...")
def build(names: tuple[str, ...], force: bool) -> None:
    """Build the images that are missing, or those named.

    Wheels are fetched here and installed without a network; the base is the official Python image
    where a registry answers, else bootstrapped from Debian packages.
    """
    from sandbox.docker_images import DockerImages
    from sandbox.images import Images
    from sandbox.recipe import IMAGE_NAMES

    with closing(open_sandbox()) as sandbox:
        found = Images(DockerImages(sandbox.api)).build(names or IMAGE_NAMES, tell, force=force)
    for ref in found:
        click.echo(f"{ref.name}  {ref.tag}  {ref.id}")


@images.command(name="list")
def list_() -> None:
    """Show the images: name, size, base, lock and id."""
    from sandbox.docker_images import DockerImages
    from sandbox.images import ImageRef, Images

    table = Table("image", "size", "base", "lock", "id", box=None, header_style="bold")
    with closing(open_sandbox()) as sandbox:
        found = Images(DockerImages(sandbox.api)).list()
    for ref in found:
        if isinstance(ref, ImageRef):
            size = f"{ref.size_bytes / 1e6:.0f} MB"
            table.add_row(ref.name, size, ref.base, ref.lock_digest[7:19], ref.id[7:19])
        else:
            table.add_row(ref.name, "not built: run `worksample images build`", "", "", "")
    Console().print(table)
