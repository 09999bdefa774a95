"""``worksample packet``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from runner.cli.options import (
    catalog_option,
    home_option,
    jobs_option,
    open_catalog,
    open_workshop,
    runtime_option,
    tell,
)

if TYPE_CHECKING:
    from runner.records import Home


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
@jobs_option
@click.option("--ready-only", is_flag=True,
              help="Refuse what was not proven before, instead of proving it.")  # fmt: skip
@click.option("--unproven", is_flag=True,
              help="Send it without proof that its checks hold on this data.")  # fmt: skip
@click.argument("task")
def packet(
    task: str,
    candidate: str,
    output: Path | None,
    jobs: int,
    ready_only: bool,
    unproven: bool,
    catalog: str | None,
    home: Home,
    runtime: str | None,
) -> None:
    """Write what one candidate gets: brief, starter, own data, public tests. Nothing hidden.

    It is not sent before its checks hold on this very data: a sound solution passes them, and every
    flawed one fails what it has to. That takes a minute or two, once; `worksample tasks prove` does
    it ahead.
    """
    from graders.upstream import upstream_files
    from runner.cli.prove import certify_candidate
    from runner.packet import build_packet, packet_leaks
    from runner.proof.bench import truth_files
    from runner.variants import obtain_variant
    from tasks.errors import TaskFormatError
    from tasks.variant import check_candidate_code

    try:
        check_candidate_code(candidate)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--candidate") from error
    loaded = open_catalog(catalog).load(task)
    with open_workshop(home, runtime=runtime) as workshop:
        if unproven:
            tell(f"{candidate}: sent without proof that the checks hold on this data.")
        else:
            certify_candidate(workshop, loaded, candidate, jobs=jobs, ready_only=ready_only)
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
    for leak in packet_leaks(content, loaded, truth_files(data)):
        raise TaskFormatError(task, "", f"the packet would give away what is hidden: {leak}")
    path = output or Path(f"{task}-{candidate}.zip")
    path.write_bytes(content)
    tell(f"{path}: {len(content)} bytes, variant {variant.id}")
