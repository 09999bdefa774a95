"""Reads a TOML file into its model; every error names file, key, reason and the nearest key."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Any, Final, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from tasks.errors import TaskFormatError, nearest_name
from tasks.manifest import NAME_PATTERN, SEMVER_PATTERN, SLUG_PATTERN

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pydantic_core import ErrorDetails

_Model = TypeVar("_Model", bound=BaseModel)
_Location = tuple[int | str, ...]

_POSITION: Final = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")
_LABELS: Final = ("name", "id", "path")
_REASONS: Final = {
    "missing": "is missing",
    "too_short": "must not be empty",
}
_TYPES_OF_NUMBERS: Final = ("int_type", "float_type")
_PATTERNS: Final = {
    SLUG_PATTERN: "lower-case letters, digits and single hyphens between them",
    NAME_PATTERN: "lower-case letters, digits, '_' and '-', beginning with a letter",
    SEMVER_PATTERN: "three numbers, such as 1.0.0",
}
"""What a pattern asks for, in words."""


def read_toml(path: Path, file: str, model: type[_Model]) -> _Model:
    """Return a TOML file as its model.

    Args:
        path: The file.
        file: How errors name it.
        model: What its tables must be.

    Raises:
        TaskFormatError: If it is missing, not UTF-8, not TOML, or not what the model says.
    """
    data = _tables(path, file)
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise _format_error(error, data, file, model) from error


def _tables(path: Path, file: str) -> dict[str, Any]:
    try:
        text = path.read_bytes().decode("utf-8")
        if text.startswith("\ufeff"):
            reason = "begins with a byte order mark; save it as UTF-8 without one"
            raise TaskFormatError(file, "", reason)
    except FileNotFoundError as error:
        raise TaskFormatError(file, "", "no such file") from error
    except (OSError, UnicodeDecodeError) as error:
        raise TaskFormatError(file, "", f"cannot be read as UTF-8 text: {error}") from error
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message = str(error)
        match = _POSITION.search(message)
        at_line = match[1] if match and match[1] else str(text.count("\n") + 1)
        reason = f"is no TOML: {_POSITION.sub('', message)}"
        raise TaskFormatError(file, f"line {at_line}", reason) from error
    except (ValueError, RecursionError) as error:  # a number too long, brackets too deep
        raise TaskFormatError(file, "", f"cannot be read as TOML: {error}") from error


def _format_error(
    error: ValidationError, data: dict[str, Any], file: str, model: type[BaseModel]
) -> TaskFormatError:
    # A misspelt key is both unknown and missing; the unknown one tells more.
    details = sorted(error.errors(), key=lambda one: one["type"] != "extra_forbidden")
    first = details[0]
    location = tuple(part for part in first["loc"] if part != "[key]")
    at_fault = _name_at_fault(first, location)
    known = _known_names(first, location, model)
    nearest = nearest_name(at_fault, known) if isinstance(at_fault, str) else None
    reason = _reason(first, location)
    if first["type"] == "extra_forbidden" and (home := _home(str(at_fault), data, model)):
        reason, nearest = f"{reason}; it belongs to {home}", None
    return TaskFormatError(file, _key(location, data), reason, nearest)


def _home(key: str, data: dict[str, Any], model: type[BaseModel]) -> str | None:
    """Return where a key that stands in the wrong table belongs, if that table lacks it.

    In TOML a key below ``[limits]`` belongs to it, whatever stood above.
    """
    fields = _fields(model)
    if key in fields and key not in data:
        return "the top of the file, above the first table in brackets"
    for name in fields:
        table, given = _model_at(model, (name,)), data.get(name, {})
        if table and key in _fields(table) and isinstance(given, dict) and key not in given:
            return f"the table {name}"
    return None


def _name_at_fault(detail: ErrorDetails, location: _Location) -> object:
    return location[-1] if detail["type"] == "extra_forbidden" and location else detail["input"]


def _known_names(
    detail: ErrorDetails, location: _Location, model: type[BaseModel]
) -> tuple[str, ...]:
    match detail["type"]:
        case "extra_forbidden":
            table = _model_at(model, location[:-1])
            return tuple(_fields(table)) if table else ()
        case "enum":
            return tuple(re.findall(r"'([^']*)'", detail["ctx"]["expected"]))
        case _:
            return ()


def _reason(detail: ErrorDetails, location: _Location) -> str:
    kind, given = detail["type"], detail["input"]
    if kind in _REASONS:
        return _REASONS[kind]
    table = location[-1] if len(location) == 1 else None
    match kind:
        case "extra_forbidden":
            return "unknown key"
        case "model_type":
            hint = (
                f": write [{table}], not [[{table}]]" if isinstance(given, list) and table else ""
            )
            return f"must be a table{hint}"
        case "tuple_type":
            hint = (
                f": write [[{table}]], not [{table}]" if isinstance(given, dict) and table else ""
            )
            return f"must be a list{hint}"
        case "value_error":
            return str(detail["ctx"]["error"])
        case _:
            return _said(detail) + _quotes(kind, given)


def _quotes(kind: str, given: object) -> str:
    """Return what to do about a number in quotes, or a text without."""
    if kind == "string_type" and isinstance(given, int | float):
        return "; put it in quotes"
    if kind in _TYPES_OF_NUMBERS and isinstance(given, str):
        return "; write it without quotes"
    return ""


def _said(detail: ErrorDetails) -> str:
    given = detail["input"]
    if detail["type"] == "string_pattern_mismatch":
        pattern = detail["ctx"]["pattern"]
        reason = (
            f"must be {_PATTERNS[pattern]}" if pattern in _PATTERNS else f"must match {pattern}"
        )
    else:
        message = detail["msg"].replace("Input should be ", "must be ")
        reason = message[0].lower() + message[1:]
    return f"{reason}, not {given!r}" if _is_short(given) else reason


def _is_short(value: object) -> bool:
    """Whether a value fits on a line; Python does not even print a whole number of any length."""
    if isinstance(value, int):
        return value.bit_length() <= 64
    return isinstance(value, float) or (isinstance(value, str) and len(value) <= 200)


def _key(location: _Location, data: object) -> str:
    """Return a location as authors know it: tables of a list by their name, id or path."""
    key = ""
    for part in location:
        data = _child(data, part)
        if isinstance(part, int):
            key += f"[{_label(data) or part + 1}]"
        else:
            key += f".{part}" if key else part
    return key


def _label(table: object) -> str | None:
    if not isinstance(table, dict):
        return None
    names = (table[key] for key in _LABELS if isinstance(table.get(key), str))
    return next((name for name in names if name.isprintable()), None)


def _child(data: object, part: int | str) -> object:
    if isinstance(data, dict):
        return data.get(part)
    if isinstance(data, list) and isinstance(part, int) and part < len(data):
        return data[part]
    return None


def _fields(model: type[BaseModel]) -> dict[str, Any]:
    return {field.alias or name: field.annotation for name, field in model.model_fields.items()}


def _model_at(model: type[BaseModel], location: _Location) -> type[BaseModel] | None:
    current: type[BaseModel] | None = model
    for part in location:
        if isinstance(part, str) and current is not None:
            current = next(_models_in(_fields(current).get(part)), None)
    return current


def _models_in(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models_in(inner)
