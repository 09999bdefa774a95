"""What other tools publish of their formats, as rules to hold exports against; each with its page.

Written from the pages, for what we export. Where a format has a schema file of its own, the tests
hold exports against that as well if they are given one (``tests/runner/export/test_published.py``).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final
from xml.etree import ElementTree as ET

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

TEXT: Final[dict[str, Any]] = {"type": "string"}
NAME: Final[dict[str, Any]] = {"type": "string", "minLength": 1}
NUMBER: Final[dict[str, Any]] = {"type": "number"}
COUNT: Final[dict[str, Any]] = {"type": "integer", "minimum": 0}
ANYTHING: Final[dict[str, Any]] = {"type": "object"}
NOTHING: Final[dict[str, Any]] = {"type": "null"}


def strict(required: dict[str, Any], optional: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return the schema of an object with these keys and no other."""
    return {
        "type": "object",
        "required": list(required),
        "properties": required | (optional or {}),
        "additionalProperties": False,
    }


# Sections 4 to 10 of the specification, https://github.com/ctrf-io/ctrf/blob/main/spec/ctrf.md
CTRF: Final = strict(
    {
        "reportFormat": {"const": "CTRF"},
        "specVersion": {"type": "string", "pattern": r"^[0-9]+\.[0-9]+\.[0-9]+$"},
        "results": strict(
            {
                "tool": strict({"name": NAME}, {"version": TEXT, "extra": ANYTHING}),
                "summary": strict(
                    dict.fromkeys(
                        ("tests", "passed", "failed", "skipped", "pending", "other"), COUNT
                    )
                    | {"start": COUNT, "stop": COUNT},
                    {"suites": COUNT, "duration": COUNT, "flaky": COUNT, "extra": ANYTHING},
                ),
                "tests": {
                    "type": "array",
                    "items": strict(
                        {
                            "name": NAME,
                            "status": {"enum": ["passed", "failed", "skipped", "pending", "other"]},
                            "duration": COUNT,
                        },
                        {
                            "testId": NAME,
                            "suite": {"type": "array", "minItems": 1, "items": TEXT},
                            "message": TEXT,
                            "trace": TEXT,
                            "rawStatus": TEXT,
                            "tags": {"type": "array", "items": TEXT},
                            "extra": ANYTHING,
                        },
                    ),
                },
            },
            {
                "environment": strict(
                    {},
                    {
                        "reportName": TEXT,
                        "appName": TEXT,
                        "appVersion": TEXT,
                        "healthy": {"type": "boolean"},
                        "extra": ANYTHING,
                    },
                )
            },
        ),
    },
    {
        "reportId": NAME,
        "runId": NAME,
        "timestamp": TEXT,
        "generatedBy": TEXT,
        "extra": {"type": "object", "propertyNames": {"not": {"pattern": r"^ctrf[./]"}}},
    },
)

# https://gradescope-autograders.readthedocs.io/en/latest/specs/
_VISIBILITY: Final = {"enum": ["hidden", "after_due_date", "after_published", "visible"]}
_FORMAT: Final = {"enum": ["text", "html", "simple_format", "md", "ansi"]}
GRADESCOPE: Final = strict(
    {},
    {
        "score": NUMBER,
        "execution_time": NUMBER,
        "output": TEXT,
        "output_format": _FORMAT,
        "test_output_format": _FORMAT,
        "test_name_format": _FORMAT,
        "visibility": _VISIBILITY,
        "stdout_visibility": _VISIBILITY,
        "extra_data": ANYTHING,
        "tests": {
            "type": "array",
            "items": strict(
                {},
                {
                    "score": NUMBER,
                    "max_score": NUMBER,
                    "status": {"enum": ["passed", "failed"]},
                    "name": TEXT,
                    "name_format": _FORMAT,
                    "number": TEXT,
                    "output": TEXT,
                    "output_format": _FORMAT,
                    "tags": {"type": "array", "items": TEXT},
                    "visibility": _VISIBILITY,
                    "extra_data": ANYTHING,
                },
            ),
        },
        "leaderboard": {"type": "array"},
    },
) | {
    # "optional, but required if not on each test case below"
    "anyOf": [
        {"required": ["score"]},
        {"required": ["tests"], "properties": {"tests": {"items": {"required": ["score"]}}}},
    ]
}

# https://developers.greenhouse.io/harvest.html#the-scorecard-object
_RATINGS: Final = ("definitely_not", "no", "mixed", "yes", "strong_yes")
_TIME: Final = {
    "type": ["string", "null"],
    "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$",
}
_PERSON: Final = {"type": ["object", "null"]}
_ID: Final = {"type": ["integer", "null"]}
GREENHOUSE: Final = strict(
    {
        "id": _ID,
        "updated_at": _TIME,
        "created_at": _TIME,
        "interview": NAME,
        "interview_step": _PERSON,
        "candidate_id": _ID,
        "application_id": _ID,
        "interviewed_at": _TIME,
        "submitted_by": _PERSON,
        "interviewer": _PERSON,
        "submitted_at": _TIME,
        "overall_recommendation": {
            "enum": ["definitely_not", "no", "yes", "strong_yes", "no_decision"]
        },
        "attributes": {
            "type": "array",
            "items": strict(
                {
                    "name": NAME,
                    "type": NAME,
                    "note": {"type": ["string", "null"]},
                    "rating": {"enum": [*_RATINGS, "no_decision"]},
                }
            ),
        },
        "ratings": strict({rating: {"type": "array", "items": TEXT} for rating in _RATINGS}),
        "questions": {
            "type": "array",
            "items": strict({"id": _ID, "question": NAME, "answer": {"type": ["string", "null"]}}),
        },
    },
    {"worksample": ANYTHING},  # ours: whose it is, by code
)

# https://developers.ashbyhq.com/docs/assessmentupdate
# https://developers.ashbyhq.com/docs/creating-an-assessments-integration
_DATUM: Final = strict(
    {
        "identifier": NAME,
        "label": NAME,
        "type": {
            "enum": [
                "numeric_score",
                "numeric_duration_minutes",
                "url",
                "string",
                "boolean_success",
            ]
        },
        "value": {"type": ["string", "number", "boolean"]},
    },
    {"description": TEXT},
)
ASHBY_UPDATE: Final = strict(
    {"assessment_id": {"type": "string", "format": "uuid"}, "timestamp": COUNT},
    {
        "assessment_status": _DATUM,
        "assessment_profile_url": _DATUM,
        "assessment_result": _DATUM,
        "cancelled_reason": _DATUM,
        "metadata": {"type": "array", "items": _DATUM},
    },
) | {
    "anyOf": [{"required": ["assessment_status"]}, {"required": ["cancelled_reason"]}],
    "dependentRequired": {"assessment_result": ["assessment_profile_url"]},
}
# https://developers.ashbyhq.com/reference/applicationfeedbacksubmit: a score is 1 to 4; ours is
# none, for the form is to be filled.
ASHBY_FORM: Final = strict(
    {
        "fieldSubmissions": {
            "type": "array",
            "items": strict({"path": NAME, "value": strict({"score": NOTHING})}),
        }
    }
)


def schema_faults(document: object, schema: dict[str, Any]) -> list[str]:
    """Return where a document leaves a schema."""
    jsonschema: Any = pytest.importorskip("jsonschema")
    validator = jsonschema.Draft202012Validator(
        schema, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    )
    return [
        f"{fault.json_path}: {fault.message[:200]}" for fault in validator.iter_errors(document)
    ]


# https://github.com/jenkinsci/xunit-plugin, junit-10.xsd, for the elements that we write:
# (required attributes, further ones, elements within)
_JUNIT: Final[dict[str, tuple[set[str], set[str], set[str]]]] = {
    "testsuites": (set(), {"name", "time", "tests", "failures", "errors"}, {"testsuite"}),
    "testsuite": (
        {"name", "tests", "failures", "errors"},
        {"time", "skipped", "timestamp", "hostname", "id", "package", "file", "log", "url"},
        {"properties", "testcase", "system-out", "system-err"},
    ),
    "properties": (set(), set(), {"property"}),
    "property": ({"name", "value"}, set(), set()),
    "testcase": (
        {"name"},
        {"time", "classname", "group"},
        {"skipped", "error", "failure", "system-out", "system-err"},
    ),
    "skipped": (set(), {"type", "message"}, set()),
    "error": (set(), {"type", "message"}, set()),
    "failure": (set(), {"type", "message"}, set()),
    "system-out": (set(), set(), set()),
    "system-err": (set(), set(), set()),
}
_SECONDS: Final = re.compile(r"\d+\.\d{3}")


def junit_faults(document: bytes) -> list[str]:
    """Return where a document leaves the rules of JUnit XML, or where its counts are wrong."""
    root = ET.fromstring(document)
    if root.tag != "testsuites":
        return [f"the root is {root.tag}"]
    return [*_structure_faults(root), *(fault for suite in root for fault in _count_faults(suite))]


def _structure_faults(element: ET.Element) -> Iterator[str]:
    required, further, within = _JUNIT[element.tag]
    names = set(element.attrib)
    yield from (f"{element.tag} lacks {name}" for name in sorted(required - names))
    yield from (f"{element.tag} has {name}" for name in sorted(names - required - further))
    if "time" in names and not _SECONDS.fullmatch(element.attrib["time"]):
        yield f"{element.attrib['time']} is no time in seconds"
    for child in element:
        if child.tag in within:
            yield from _structure_faults(child)
        else:
            yield f"{child.tag} in {element.tag}"


def _count_faults(suite: ET.Element) -> Iterator[str]:
    found = {
        "tests": len(suite.findall("testcase")),
        "failures": len(suite.findall("testcase/failure")),
        "errors": len(suite.findall("testcase/error")),
        "skipped": len(suite.findall("testcase/skipped")),
    }
    for key, count in found.items():
        if suite.attrib.get(key) != str(count):
            yield f"{suite.attrib.get(key)} {key} are said, {count} are there"
