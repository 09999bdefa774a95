"""``worksample schema``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import click

if TYPE_CHECKING:
    from collections.abc import Callable


@click.command(short_help="Print the JSON Schema of a format.")
@click.argument("name", type=click.Choice(["task", "evidence", "call", "proof", "kill-matrix",
                                           "certificate"]))  # fmt: skip
def schema(name: str) -> None:
    """Print a JSON Schema.

    Of a task's manifest, of evidence.json, of an answer to a call, of a task's proof.json and
    kill-matrix.json, of the certificate of a candidate's data.
    """
    click.echo(json.dumps(_SCHEMAS[name](), indent=2))


def _task() -> dict[str, Any]:
    from tasks.schema import json_schema

    return json_schema()


def _evidence() -> dict[str, Any]:
    from graders.evidence import json_schema

    return json_schema()


def _call() -> dict[str, Any]:
    from graders.calls import json_schema

    return json_schema()


def _proof() -> dict[str, Any]:
    from runner.proof.summary import ProofSummary

    return ProofSummary.model_json_schema()


def _kill_matrix() -> dict[str, Any]:
    from runner.proof.matrix import KillMatrix

    return KillMatrix.model_json_schema()


def _certificate() -> dict[str, Any]:
    from runner.proof.certificate import Certificate

    return Certificate.model_json_schema()


_SCHEMAS: Final[dict[str, Callable[[], dict[str, Any]]]] = {
    "task": _task,
    "evidence": _evidence,
    "call": _call,
    "proof": _proof,
    "kill-matrix": _kill_matrix,
    "certificate": _certificate,
}
