"""``worksample doctor``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from runner.cli.options import home_option, tell

if TYPE_CHECKING:
    from runner.records import Home


@click.command()
@home_option
@click.option("--fix", is_flag=True, help="Install and start Docker where this user may.")
def doctor(home: Home, fix: bool) -> int:
    """Say what works, what does not, and what to do about it."""
    from runner.doctor import diagnose
    from runner.doctor import fix as mend
    from runner.exit_codes import ExitCode

    if fix:
        for step in mend(tell):
            tell(f"To do by hand: {step}")
    marks = {"ok": "ok", "warning": "warning", "problem": "PROBLEM"}
    findings = diagnose(home=home)
    for finding in findings:
        click.echo(f"{marks[finding.state.value]:8} {finding.name}: {finding.text}")
        if finding.remedy:
            click.echo(f"{'':8} -> {finding.remedy}")
    problems = sum(finding.state.value == "problem" for finding in findings)
    return ExitCode.SANDBOX_UNAVAILABLE if problems else ExitCode.DONE
