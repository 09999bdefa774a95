"""The command line. ``main`` is the only place that turns errors into exit codes."""

from __future__ import annotations

import importlib
import io
import logging
import os
import signal
import sys
from typing import TYPE_CHECKING, Final

import click

from runner.text import clean_text

if TYPE_CHECKING:
    from types import FrameType

COMMANDS: Final = {
    "doctor": "Say what works, what does not, and what to do about it.",
    "images": "Build and list the two images.",
    "tasks": "Look at tasks, make new ones, prove them, bring others in.",
    "packet": "Write what one candidate gets; nothing hidden.",
    "check": "For candidates: is it complete, do the public tests pass.",
    "grade": "Grade submissions of TASK, or of many tasks, in containers.",
    "status": "Tell how far a batch is.",
    "regrade": "Judge again from the records after hidden tests have changed.",
    "results": "Show the last grading of every submission.",
    "history": "Show all gradings of a candidate's work.",
    "report": "Write the reports as HTML pages.",
    "export": "Write the gradings in the formats of other tools.",
    "schema": "Print the JSON Schema of a format.",
    "cleanup": "Remove containers that a killed process left behind.",
    "demo": "Grade a sample cohort and write its reports.",
}
"""What each command is for, in the order in which a user meets them; imported on use."""


class Contents(click.Group):
    """A group that reads like a table of contents and imports a command when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the commands in their order of use."""
        return list(COMMANDS)

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002 - click's signature
        cmd_name: str,
    ) -> click.Command | None:
        """Return a command by name."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"runner.cli.{cmd_name}")
        command: click.Command = getattr(module, cmd_name)
        return command

    def format_commands(
        self,
        ctx: click.Context,  # noqa: ARG002 - click's signature
        formatter: click.HelpFormatter,
    ) -> None:
        """Write the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=Contents, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="worksample")
def cli() -> None:
    """Run the work-sample round of AI/ML hiring.

    Send a candidate a packet, grade what comes back in containers, read the report. The machine
    states facts; people judge.
    """


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit."""
    sys.exit(run(arguments))


def run(arguments: list[str] | None = None) -> int:
    """Run the command line and return the exit code."""
    _set_up_logging()
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        outcome = cli.main(
            args=arguments,
            prog_name="worksample",
            standalone_mode=False,
            auto_envvar_prefix="WORKSAMPLE",
        )
    except click.ClickException as error:
        return _show(error)
    except (KeyboardInterrupt, click.Abort):
        click.echo("Interrupted; nothing half-done was kept.", err=True)
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:  # noqa: BLE001 - the boundary: known errors become a sentence
        return _explain(error)
    return outcome if isinstance(outcome, int) else 0


class CleanFormatter(logging.Formatter):
    """Messages and tracebacks may quote a submission."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record with everything invisible spelled out."""
        return clean_text(super().format(record))


def _set_up_logging() -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(CleanFormatter())
    logging.basicConfig(handlers=[handler], level=logging.WARNING)


def _show(error: click.ClickException) -> int:
    """Show what click says, which quotes what was typed."""
    said = io.StringIO()
    error.show(said)
    click.echo(clean_text(said.getvalue()), err=True, nl=False)
    return error.exit_code


def _explain(error: Exception) -> int:
    from runner.exit_codes import ExitCode, exit_code_of

    code = exit_code_of(error)
    if code is ExitCode.UNEXPECTED:
        logging.getLogger("worksample").exception(
            "This is a bug of worksample's; please report it."
        )
    else:
        click.echo(f"Error: {clean_text(str(error))}", err=True)
    return int(code)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
