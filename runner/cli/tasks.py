"""``worksample tasks``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.table import Table

from runner.cli.harbor import export, import_
from runner.cli.new_task import new
from runner.cli.options import catalog_option, open_catalog
from runner.cli.preview import preview
from runner.cli.proofs import proofs
from runner.cli.prove import prove
from runner.cli.validate import validate

if TYPE_CHECKING:
    from tasks.model import Task


@click.group()
def tasks() -> None:
    """Look at tasks, make new ones, prove them, bring others in."""


for command in (new, preview, validate, proofs, prove, import_, export):
    tasks.add_command(command)


@tasks.command(name="list")
@catalog_option
def list_(catalog: str | None) -> None:
    """List the tasks."""
    table = Table(box=None, header_style="bold")
    for name in ("task", "kind", "minutes", "checks", "what it is about"):
        table.add_column(name, no_wrap=name != "what it is about")
    for task in open_catalog(catalog).all():
        manifest = task.manifest
        minutes = str(manifest.time_budget_minutes)
        table.add_row(task.id, task.kind.value, minutes, str(len(task.checks)), manifest.summary)
    _console().print(table)


@tasks.command()
@catalog_option
@click.argument("task")
def show(task: str, catalog: str | None) -> None:
    """Show one task: constraint, deliverables, runs, criteria, checks, prompts, solutions."""
    _show(open_catalog(catalog).load(task), _console())


def _console() -> Console:
    """Return a terminal on which brackets and colons in a task's text are just that."""
    return Console(highlight=False, markup=False, emoji=False)


def _show(task: Task, console: Console) -> None:
    manifest = task.manifest
    console.print(task.id, style="bold", end=" ")
    console.print(f"{task.version}  {manifest.title}\n{manifest.summary}\n")
    facts = Table(box=None, show_header=False)
    facts.add_row("kind", task.kind.value)
    facts.add_row("time budget", f"{manifest.time_budget_minutes} minutes")
    facts.add_row("AI use", manifest.ai_policy.value)
    facts.add_row("constraint", manifest.constraint)
    facts.add_row("deliverables", ", ".join(one.path for one in manifest.deliverables))
    facts.add_row("runs", ", ".join(run.name for run in manifest.runs))
    facts.add_row("points", f"{task.max_points:g}")
    facts.add_row("digest", task.digest)
    console.print(facts)
    for criterion in task.rubric.criteria:
        must = " (non-negotiable)" if criterion.non_negotiable else ""
        console.print(f"\n{criterion.title}{must}", style="bold")
        for check in task.checks:
            if check.criterion == criterion.id:
                first = " ".join(check.proves.split())
                console.print(f"  {check.id} ({check.points:g}): {first}")
    console.print("\nPrompts", style="bold")
    for prompt in task.rubric.prompts:
        console.print(f"  {prompt.id} {prompt.title} (at most {prompt.max_words} words)")
    console.print("\nSolutions", style="bold")
    for solution in task.solutions:
        console.print(f"  {solution.name}: {solution.note}")
