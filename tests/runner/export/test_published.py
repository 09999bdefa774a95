"""Exports against the schema files that others publish, where somebody has put them in a folder.

``WORKSAMPLE_SCHEMAS`` names it. They are not kept here: ``ctrf.schema.json`` (MIT) is in the
repository ctrf-io/ctrf, ``junit-10.xsd`` (MIT) in jenkinsci/xunit-plugin; the second needs the
package xmlschema. ``export_rules`` has what they ask of us, and runs always.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from evidence_filler import fill
from hostile_text import PAYLOADS
from report_samples import cohort

from graders.evidence import Evidence, State
from runner.export import Wish, ctrf, junit


def published(name: str) -> str:
    folder = os.environ.get("WORKSAMPLE_SCHEMAS")
    if folder is None:
        pytest.skip(f"needs WORKSAMPLE_SCHEMAS, a folder with {name}")
    return (Path(folder) / name).read_text()


def all_samples() -> list[list[Evidence]]:
    hostile = [fill(payload.text, state=state) for payload in PAYLOADS for state in State]
    return [cohort(), *([one] for one in hostile)]


def test_ctrf_is_valid_by_its_schema() -> None:
    schema = json.loads(published("ctrf.schema.json"))
    jsonschema: Any = pytest.importorskip("jsonschema")
    validator = jsonschema.Draft7Validator(
        schema, format_checker=jsonschema.Draft7Validator.FORMAT_CHECKER
    )
    documents = [
        json.loads(content)
        for found in all_samples()
        for content in ctrf.render(found, Wish()).values()
    ]
    assert len(documents) > 400
    for document in documents:
        validator.validate(document)
    assert not validator.is_valid(documents[0] | {"points": 1})


def test_junit_is_valid_by_its_schema() -> None:
    text = published("junit-10.xsd")
    xmlschema: Any = pytest.importorskip("xmlschema")
    schema = xmlschema.XMLSchema(text)
    for found in all_samples():
        schema.validate(junit.render(found, Wish()).decode())
    assert not schema.is_valid("<testsuites><testsuite name='x'/></testsuites>")
