"""``worksample schema``."""

from __future__ import annotations

import json

import click


@click.command(short_help="Print the JSON Schema of a format.")
@click.argument("name", type=click.Choice(["task", "evidence"]))
def schema(name: str) -> None:
    """Print the JSON Schema of a task's manifest or of evidence.json."""
    if name == "task":
        from tasks.schema import json_schema
    else:
        from graders.evidence import json_schema
    click.echo(json.dumps(json_schema(), indent=2))
