"""``worksample packet``."""

from __future__ import annotations

from pathlib import Path

import click

from runner.cli.options import (
    catalog_option,
    home_option,
    open_catalog,
    open_workshop,
    runtime_option,
    tell,
)


@click.command(short_help="Write what one candidate gets; nothing hidden.")
@catalog_option
@home_option
@runtime_option
@click.option("--candidate", required=True, metavar="CODE", help="Such as LYNX-42; never a name.")
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The zip to write; TASK-CODE.zip here if not given.",
)
@click.argument("task")
def packet(
    task: str,
    candidate: str,
    output: Path | None,
    catalog: str | None,
    home: Path,
    runtime: str | None,
) -> None:
    """Write what one candidate gets: brief, starter, own data, public tests. Nothing hidden."""
    from graders.upstream import upstream_files
    from runner.packet import build_packet, packet_leaks
    from runner.workshop import obtain_variant
    from tasks.errors import TaskFormatError
    from tasks.variant import check_candidate_code

    try:
        check_candidate_code(candidate)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--candidate") from error
    loaded = open_catalog(catalog).load(task)
    with open_workshop(home, runtime=runtime) as workshop:
        variant = obtain_variant(workshop, loaded, candidate)
    data = variant.data
    content = build_packet(
        loaded,
        candidate=candidate,
        public_files=data.public["public"],
        facts=data.facts,
        variant=variant.id,
        upstream_files=upstream_files(data.truth["public"]),
    )
    truth = {
        f"{name}/{path}": raw for name, files in data.truth.items() for path, raw in files.items()
    }
    for leak in packet_leaks(content, loaded, truth):
        raise TaskFormatError(task, "", f"the packet would give away what is hidden: {leak}")
    path = output or Path(f"{task}-{candidate}.zip")
    path.write_bytes(content)
    tell(f"{path}: {len(content)} bytes, variant {variant.id}")
