"""JSON Schema of the task's TOML files, for editors and for other tools."""

from __future__ import annotations

from typing import Any

from pydantic.json_schema import models_json_schema

from tasks.model import Manifest, Rubric, Solutions


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of ``task.toml``.

    Those of ``rubric.toml`` and ``solutions.toml`` are ``$defs/Rubric`` and ``$defs/Solutions``.
    """
    models = (Manifest, Rubric, Solutions)
    _, schema = models_json_schema([(model, "validation") for model in models])
    manifest = schema["$defs"].pop("Manifest")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **manifest,
        "$defs": schema["$defs"],
    }
