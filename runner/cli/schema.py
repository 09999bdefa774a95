"""``worksample schema``."""

from __future__ import annotations

import json

import click


@click.command(short_help="Print the JSON Schema of a format.")
@click.argument("name", type=click.Choice(["task", "evidence", "call"]))
def schema(name: str) -> None:
    """Print a JSON Schema: of a task's manifest, of evidence.json, of an answer to a call."""
    if name == "task":
        from tasks.schema import json_schema
    elif name == "evidence":
        from graders.evidence import json_schema
    else:
        from graders.calls import json_schema
    click.echo(json.dumps(json_schema(), indent=2))
