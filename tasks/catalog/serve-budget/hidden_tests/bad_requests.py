"""Requests that the brief says are refused: one description and body each."""

import json
from collections.abc import Iterator

HUGE = 10**400


def bad_rows(row: dict, features: list[dict]) -> Iterator[tuple[str, object]]:
    """Yield rows that the schema refuses, each wrong in one way; `row` is a valid one."""
    number = _required(features, "number")
    integer = _required(features, "integer")
    category = _required(features, "category")
    for name in (number, integer, category, next(f["name"] for f in features if f["nullable"])):
        yield f"{name} is missing", {key: value for key, value in row.items() if key != name}
    yield "an unknown field", row | {"not_in_schema": 1}
    yield "the id of the history as an extra field", row | {"row_id": 17}
    for name in (number, integer, category):
        yield f"{name} is null but not nullable", row | {name: None}
        yield f"{name} is a list", row | {name: [row[name]]}
    yield f"number {number} is a string", row | {number: "12.5"}
    yield f"number {number} is a boolean", row | {number: True}
    yield f"integer {integer} is a string", row | {integer: "3"}
    yield f"integer {integer} is a boolean", row | {integer: False}
    yield f"integer {integer} has a fraction", row | {integer: 2.5}
    yield f"category {category} is a number", row | {category: 1}
    yield f"category {category} has an unknown level", row | {category: "level_not_in_schema"}
    yield f"category {category} in upper case", row | {category: row[category].upper()}
    yield f"category {category} with a trailing space", row | {category: row[category] + " "}
    yield "an empty row", {}
    yield "a row that is a list", list(row.values())
    yield "a row that is null", None


def bad_documents(row: dict) -> Iterator[tuple[str, object]]:
    """Yield JSON documents of the wrong shape."""
    yield "an empty batch", {"rows": []}
    yield "no rows", {}
    yield "rows that are one object", {"rows": row}
    yield "rows that are null", {"rows": None}
    yield "an extra key beside rows", {"rows": [row], "threshold": 0.5}
    yield "a bare list of rows", [row]
    yield "a bare number", 1


def non_finite_bodies(row: dict, features: list[dict]) -> Iterator[tuple[str, bytes]]:
    """Yield bodies with a number that is not finite, or not once it is a float."""
    for name in (_required(features, "number"), next(f["name"] for f in features if f["nullable"])):
        for literal in ("NaN", "Infinity", "-Infinity", "1e999", "-1e999"):
            yield f"{name} is {literal}", _with_literal(row, name, literal)
    yield "a whole number of 400 digits", _with_literal(row, _required(features, "number"), str(HUGE))


def broken_bodies(row: dict) -> Iterator[tuple[str, bytes]]:
    """Yield bodies that are no JSON at all."""
    good = json.dumps({"rows": [row]}).encode()
    yield "an empty body", b""
    yield "JSON cut off in the middle", good[: len(good) // 2]
    yield "JSON followed by more", good + b"]"
    yield "single quotes", good.replace(b'"', b"'")
    yield "bytes that are no UTF-8", good[:-3] + b"\xff\xfe" + good[-3:]
    yield "100,000 nested brackets", b"[" * 100_000


def _with_literal(row: dict, name: str, literal: str) -> bytes:
    marked = json.dumps({"rows": [row, row | {name: "@@"}]})
    return marked.replace('"@@"', literal).encode()


def _required(features: list[dict], kind: str) -> str:
    return next(f["name"] for f in features if f["type"] == kind and not f["nullable"])
