"""``worksample cleanup``."""

from __future__ import annotations

from contextlib import closing

import click

from runner.cli.options import tell


@click.command()
@click.option("--all", "everything", is_flag=True, help="Also those of processes that still run.")
@click.option("--images", is_flag=True, help="Also images of earlier versions that nothing uses.")
def cleanup(everything: bool, images: bool) -> None:
    """Remove containers that a killed process left behind."""
    from sandbox.docker_engine import DockerSandbox
    from sandbox.docker_images import DockerImages
    from sandbox.images import Images

    with closing(DockerSandbox()) as sandbox:
        tell(f"Removed {sandbox.remove_leftovers(everything=everything)} container(s).")
        if images:
            removed = Images(DockerImages(sandbox.api)).remove_old()
            tell(f"Removed {len(removed)} image(s).")
