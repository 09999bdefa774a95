"""Finds the checks of ``hidden_tests/`` by their markers, without running a line of them."""

from __future__ import annotations

import ast
import re
import sys
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from tasks.errors import TaskFormatError, nearest_name
from tasks.files import files_under
from tasks.model import CheckSpec

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FOLDER: Final = "hidden_tests"
MARKER_FORM: Final = '@pytest.mark.check("id", criterion="...", points=N)'
MAX_POINTS: Final = 100

_Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
_ARGUMENTS: Final = ("criterion", "points", "precondition")
_ID: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def parse_python(path: Path, file: str) -> ast.Module:
    """Return the syntax tree of an author's file.

    Raises:
        TaskFormatError: If the Python that runs worksample cannot parse it.
    """
    try:
        return ast.parse(path.read_bytes(), filename=file)
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None)
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        reason = f"cannot be parsed by Python {version}: {getattr(error, 'msg', error)}"
        raise TaskFormatError(f"{file}:{line}" if line else file, "", reason) from error


def find_checks(task_path: Path) -> tuple[CheckSpec, ...]:
    """Return the checks that a task's hidden tests declare, in the order of files and lines.

    Raises:
        TaskFormatError: If a test has no marker or docstring, a marker is not literal, an id is
            used twice, a test stands where pytest would not take it for a check, or there is none.
    """
    checks: dict[str, CheckSpec] = {}
    for name, path in files_under(task_path, FOLDER).items():
        if not name.endswith(".py"):
            continue
        file = f"{task_path.name}/{FOLDER}/{name}"
        for function in _test_functions(parse_python(path, file), file, name):
            check = _check_of(function, file, name)
            if check.id in checks:
                other = checks[check.id]
                reason = f"has the id {check.id!r} of {other.file}::{other.function}"
                raise TaskFormatError(f"{file}:{function.lineno}", function.name, reason)
            checks[check.id] = check
    if not checks:
        raise TaskFormatError(
            f"{task_path.name}/{FOLDER}", "", "has no check; mark a test in a file test_*.py"
        )
    return tuple(checks.values())


def _test_functions(tree: ast.Module, file: str, name: str) -> Iterator[_Function]:
    is_test_file = "/" not in name and name.startswith("test_")
    for node, is_top_level in _statements(tree.body, is_top_level=True):
        place = f"{file}:{node.lineno}"
        if isinstance(node, ast.ClassDef):
            if is_test_file and node.name.startswith("Test"):
                raise TaskFormatError(place, node.name, "must be test functions, not a class")
            continue
        is_test = is_test_file and node.name.startswith("test")
        is_marked = any(_is_marker(decorator) for decorator in node.decorator_list)
        if is_marked and not is_test:
            reason = (
                "is marked as a check, but is no function test_* in a file hidden_tests/test_*.py"
            )
            raise TaskFormatError(place, node.name, reason)
        if is_test and not is_top_level:
            raise TaskFormatError(place, node.name, "must stand at the top level of the file")
        if is_test:
            yield node


def _statements(
    body: list[ast.stmt], *, is_top_level: bool
) -> Iterator[tuple[_Function | ast.ClassDef, bool]]:
    """Yield functions and classes, also those inside ``if``, ``try`` and the like."""
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node, is_top_level
            continue
        for child in (getattr(node, part, []) for part in ("body", "orelse", "finalbody")):
            yield from _statements(child, is_top_level=False)
        for handler in getattr(node, "handlers", []):
            yield from _statements(handler.body, is_top_level=False)


def _is_marker(node: ast.expr) -> bool:
    target = node.func if isinstance(node, ast.Call) else node
    return ast.unparse(target) in ("pytest.mark.check", "mark.check")


def _check_of(function: _Function, file: str, name: str) -> CheckSpec:
    def fail(reason: str, nearest: str | None = None) -> TaskFormatError:
        return TaskFormatError(f"{file}:{function.lineno}", function.name, reason, nearest)

    if isinstance(function, ast.AsyncFunctionDef):
        raise fail("must be a plain function, not async")
    markers = [decorator for decorator in function.decorator_list if _is_marker(decorator)]
    if len(markers) != 1:
        raise fail(f"must carry exactly one {MARKER_FORM}, not {len(markers)}")
    try:
        marker = _read_marker(markers[0])
    except _MarkerError as error:
        raise fail(error.reason, error.nearest) from error
    proves = ast.get_docstring(function)
    if not proves:
        raise fail("must have a docstring that says what it proves")
    return CheckSpec(**marker._asdict(), proves=proves, file=name, function=function.name)


class _MarkerError(Exception):
    def __init__(self, reason: str, nearest: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.nearest = nearest


class _Marker(NamedTuple):
    id: str
    criterion: str
    points: float
    precondition: str


def _read_marker(marker: ast.expr) -> _Marker:
    if not isinstance(marker, ast.Call):
        raise _MarkerError(f"must carry a marker with arguments: {MARKER_FORM}")
    keywords = {keyword.arg: keyword.value for keyword in marker.keywords}
    for key in keywords:
        if key not in _ARGUMENTS:
            nearest = nearest_name(key, _ARGUMENTS) if key else None
            raise _MarkerError(f"has the unknown marker argument {key or '**'}", nearest)
    if len(marker.args) != 1 or not keywords.keys() >= {"criterion", "points"}:
        raise _MarkerError(f"must be marked as {MARKER_FORM}")
    id_ = _literal(marker.args[0], "id")
    criterion = _literal(keywords["criterion"], "criterion")
    points = _literal(keywords["points"], "points")
    if not isinstance(id_, str) or _ID.fullmatch(id_) is None:
        raise _MarkerError(f"has the id {id_!r}; use lower-case words joined by hyphens")
    if not isinstance(criterion, str):
        raise _MarkerError(f"has the criterion {criterion!r}, which is no string")
    return _Marker(id_, criterion, _points(points), _precondition(keywords.get("precondition")))


def _precondition(node: ast.expr | None) -> str:
    """Return why no flawed solution need fail this check alone; empty if one must."""
    if node is None:
        return ""
    reason = _literal(node, "precondition")
    if not isinstance(reason, str) or not reason.strip():
        raise _MarkerError(f"must give the reason as precondition, not {reason!r}")
    return reason.strip()


def _literal(node: ast.expr, what: str) -> object:
    try:
        value: object = ast.literal_eval(node)
    except ValueError as error:
        raise _MarkerError(f"must give {what} as a literal, not {ast.unparse(node)}") from error
    return value


def _points(value: object) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= MAX_POINTS:
        return float(value)
    raise _MarkerError(f"must have points above 0 and up to {MAX_POINTS}, not {value!r}")
