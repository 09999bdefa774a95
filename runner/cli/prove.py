"""``worksample tasks prove``."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

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
    from runner.proof.certificate import Certificate
    from runner.records import Home
    from runner.workshop import Workshop
    from tasks.model import Task


@click.command(short_help="Prove candidates' variants ahead of their packets.")
@catalog_option
@home_option
@runtime_option
@jobs_option
@click.option("--candidate", "codes", multiple=True, metavar="CODE", help="Such as LYNX-42.")
@click.option("--candidates", "listed", type=click.File(), metavar="FILE",
              help="A file with a code on each line; - for stdin.")  # fmt: skip
@click.argument("task")
def prove(
    task: str,
    codes: tuple[str, ...],
    listed: IO[str] | None,
    jobs: int,
    catalog: str | None,
    home: Home,
    runtime: str | None,
) -> int:
    """Prove that the checks of TASK hold on the data of each candidate, ahead of the packets.

    A sound solution has to pass them, and every flawed one to fail what is named for it. Exit code
    3, and a sentence for each problem, if that is not so for somebody.
    """
    from runner.errors import ProofError
    from runner.exit_codes import ExitCode

    lines = [line.partition("#")[0].strip() for line in listed or ()]
    candidates = _checked((*codes, *filter(None, lines)))
    loaded = open_catalog(catalog).load(task)
    worst = ExitCode.DONE
    with open_workshop(home, runtime=runtime, ahead=True) as workshop:
        for candidate in candidates:
            try:
                certificate = certify_candidate(workshop, loaded, candidate, jobs=jobs)
            except ProofError as error:
                worst = ExitCode.TASK_INVALID
                tell(f"Error: {error}")
            else:
                click.echo(f"{candidate}: proven, certificate {certificate.sha256}")
    return worst


def _checked(codes: tuple[str, ...]) -> list[str]:
    """Return the codes, each once."""
    from tasks.variant import check_candidate_code

    if not codes:
        raise click.UsageError("Name candidates with --candidate CODE or --candidates FILE.")
    try:
        return [check_candidate_code(code) for code in dict.fromkeys(codes)]
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--candidate") from error


def certify_candidate(
    workshop: Workshop, task: Task, candidate: str, *, jobs: int, ready_only: bool = False
) -> Certificate:
    """Return the certificate of a candidate's variant, with progress on stderr.

    Raises:
        ProofError: it is not proven.
    """
    from runner.cli.progress import count_steps
    from runner.proof.certificate import certify, certifying

    with count_steps(candidate, len(certifying(task))) as step:
        return certify(workshop, task, candidate, ready_only=ready_only, workers=jobs, tell=step)
