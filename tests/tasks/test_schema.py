from __future__ import annotations

import json
import tomllib
from typing import TYPE_CHECKING, Any

import pytest

from tasks.schema import json_schema

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    MakeTask = Callable[..., Path]


def test_schema_has_the_keys_of_the_file() -> None:
    schema = json_schema()
    assert {"deliverable", "run", "limits", "id"} <= set(schema["properties"])
    assert schema["additionalProperties"] is False
    assert {"Rubric", "Solutions"} <= set(schema["$defs"])
    assert "criterion" in schema["$defs"]["Rubric"]["properties"]
    json.dumps(schema)


def test_schema_refers_to_nothing_it_lacks() -> None:
    schema = json_schema()
    references = {part.split('"')[0] for part in json.dumps(schema).split("#/$defs/")[1:]}
    assert references <= set(schema["$defs"])


@pytest.mark.parametrize("kind", ["repo", "notebook", "service"])
def test_valid_files_agree_with_the_schema(make_task: MakeTask, kind: str) -> None:
    jsonschema: Any = pytest.importorskip("jsonschema")
    folder = make_task(kind=kind)
    schema = json_schema()
    jsonschema.validate(tomllib.loads((folder / "task.toml").read_text()), schema)
    for file, part in (("rubric.toml", "Rubric"), ("solutions/solutions.toml", "Solutions")):
        content = tomllib.loads((folder / file).read_text())
        jsonschema.validate(content, {"$ref": f"#/$defs/{part}", "$defs": schema["$defs"]})
