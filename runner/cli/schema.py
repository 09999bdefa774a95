"""``worksample schema``."""

from __future__ import annotations

import json
import pkgutil
from typing import Final

import click

_SCHEMAS: Final = {
    "task": "tasks.schema:json_schema",
    "evidence": "graders.evidence:json_schema",
    "call": "graders.calls:json_schema",
    "proof": "runner.proof.summary:ProofSummary.model_json_schema",
    "kill-matrix": "runner.proof.matrix:KillMatrix.model_json_schema",
    "certificate": "runner.proof.certificate:Certificate.model_json_schema",
}
"""What makes the schema of each format; imported on use."""


@click.command(short_help="Print the JSON Schema of a format.")
@click.argument("name", type=click.Choice(list(_SCHEMAS)))
def schema(name: str) -> None:
    """Print a JSON Schema.

    Of a task's manifest, of evidence.json, of an answer to a call, of a task's proof.json and
    kill-matrix.json, of the certificate of a candidate's data.
    """
    click.echo(json.dumps(pkgutil.resolve_name(_SCHEMAS[name])(), indent=2))
