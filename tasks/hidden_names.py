"""Names that hidden tests take from elsewhere in the task, looked up without running a line.

Runs, scenarios, deliverables, measurements and fixtures are named by strings and arguments; one
that is misspelt would be found only when a submission is graded. What is no literal is let be.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Final, NamedTuple

from tasks.checks import FOLDER, parse_python
from tasks.errors import TaskFormatError, nearest_name
from tasks.files import files_under

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from tasks.model import Manifest, Rubric

FIXTURES: Final = frozenset({
    "candidate", "claims", "deliverables", "measure", "notebook", "runs", "service", "truth",
    "upstream", "writeup",
})  # fmt: skip
"""What a hidden test can ask worksample for."""
PYTEST_FIXTURES: Final = frozenset({
    "cache", "capfd", "capfdbinary", "caplog", "capsys", "capsysbinary", "doctest_namespace",
    "monkeypatch", "pytestconfig", "record_property", "record_testsuite_property",
    "record_xml_attribute", "recwarn", "request", "subtests", "tmp_path", "tmp_path_factory",
    "tmpdir", "tmpdir_factory",
})  # fmt: skip

_READERS: Final = ("bytes", "csv", "exists", "json", "sha256", "text")
_TRUTHS: Final = ("csv", "json", "path", "public")


class _Source(NamedTuple):
    """One file of the hidden tests."""

    file: str
    tree: ast.Module
    constants: Mapping[str, str]
    """Texts that stand under a name at the top of the file."""


def check_names(folder: Path, manifest: Manifest, rubric: Rubric) -> None:
    """Raise TaskFormatError if hidden tests or claims name what is not there."""
    sources = [
        _source(path, f"{folder.name}/{FOLDER}/{name}")
        for name, path in files_under(folder, FOLDER).items()
        if name.endswith(".py")
    ]
    _check_claims(folder, sources, rubric)
    known = _known_arguments(sources)
    for source in sources:
        for function in _functions(source.tree.body):
            # A hook that parametrises by itself may give an argument any name.
            if "pytest_generate_tests" not in known:
                _check_arguments(source, function, known)
        for function in _functions(ast.walk(source.tree)):
            _check_function(source, function, manifest)


def _functions(nodes: Iterable[ast.AST]) -> Iterator[ast.FunctionDef]:
    return (node for node in nodes if isinstance(node, ast.FunctionDef))


def _source(path: Path, file: str) -> _Source:
    tree = parse_python(path, file)
    constants = {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name) and isinstance(node.value.value, str)
    }
    return _Source(file, tree, constants)


# Claims and measurements


def _check_claims(folder: Path, sources: Sequence[_Source], rubric: Rubric) -> None:
    patterns = [pattern for source in sources for pattern in _measured(source)]
    plain = sorted({pattern.replace("\\", "") for pattern in patterns if ".*" not in pattern})
    for claim in rubric.claims:
        if not any(re.fullmatch(pattern, claim.measurement) for pattern in patterns):
            reason = f"no hidden test calls measure({claim.measurement!r}, ...)"
            if plain:
                reason += f"; they measure {', '.join(plain)}"
            near = nearest_name(claim.measurement, plain, cutoff=0.8)
            key = f"claim[{claim.id}].measurement"
            raise TaskFormatError(f"{folder.name}/rubric.toml", key, reason, near)


def _measured(source: _Source) -> Iterator[str]:
    """Yield the names that a file measures, as patterns; what only a run can tell is ``.*``."""
    called = set()
    for node in ast.walk(source.tree):
        match node:
            case ast.Call(func=ast.Name(id="measure") as name, args=[first, *_]):
                called.add(name)
                yield _pattern(first, source)
            case ast.Name(id="measure") if node not in called:
                yield ".*"  # handed on, to be called by another name
            case _:
                pass


def _pattern(node: ast.expr, source: _Source) -> str:
    text = _text(node, source)
    if text is not None:
        return re.escape(text)
    parts = node.values if isinstance(node, ast.JoinedStr) else [node]
    texts = (_text(part, source) if isinstance(part, ast.Constant) else None for part in parts)
    return "".join(".*" if text is None else re.escape(text) for text in texts)


# Fixtures


def _known_arguments(sources: Sequence[_Source]) -> frozenset[str]:
    """Return every name that some file defines or imports: fixtures are among them."""
    names = set(FIXTURES | PYTEST_FIXTURES)
    for source in sources:
        for node in ast.walk(source.tree):
            match node:
                case ast.FunctionDef(name=name, decorator_list=decorators):
                    names.add(name)
                    names.update(_fixture_names(decorators))
                case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
                    names.update((one.asname or one.name).split(".")[0] for one in aliases)
                case ast.Name(id=name, ctx=ast.Store()):
                    names.add(name)
                case _:
                    pass
    return frozenset(names)


def _fixture_names(decorators: Sequence[ast.expr]) -> Iterator[str]:
    """Yield the names that fixtures are given beside those of their functions."""
    for decorator in decorators:
        for keyword in decorator.keywords if isinstance(decorator, ast.Call) else ():
            if keyword.arg == "name" and isinstance(keyword.value, ast.Constant):
                yield str(keyword.value.value)


def _check_arguments(source: _Source, function: ast.FunctionDef, known: frozenset[str]) -> None:
    decorators = [ast.unparse(one) for one in function.decorator_list]
    is_fixture = any(one.startswith(("pytest.fixture", "fixture")) for one in decorators)
    is_test = function.name.startswith("test") and "/test_" in source.file
    parametrised = [one for one in decorators if "parametrize" in one]
    # Names that a variable gives cannot be told.
    if not (is_fixture or is_test) or any(not re.search(r"\([\[(]?'", one) for one in parametrised):
        return
    without_default = function.args.args[: len(function.args.args) - len(function.args.defaults)]
    for argument in without_default:
        name = argument.arg
        if name not in known and not re.search(rf"\b{name}\b", " ".join(parametrised)):
            reason = f"asks for the fixture {name!r}, and there is none of that name"
            near = nearest_name(name, known)
            raise TaskFormatError(f"{source.file}:{function.lineno}", function.name, reason, near)


# Runs, scenarios and deliverables


def _check_function(source: _Source, function: ast.FunctionDef, manifest: Manifest) -> None:
    """Check what is asked of the fixtures that are arguments of this function and stay so."""
    names = {one.arg for one in function.args.args}
    for node in ast.walk(function):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.discard(node.id)
        elif isinstance(node, ast.FunctionDef | ast.Lambda) and node is not function:
            names.difference_update(one.arg for one in node.args.args)
    runs = [run.name for run in manifest.runs]
    paths = [one.path for one in manifest.deliverables]
    scenarios = sorted({run.scenario for run in manifest.runs})
    for node in ast.walk(function):
        for place, what in _asked(node, names):
            known = {"run": runs, "deliverable": paths, "scenario": scenarios}[what]
            text = _text(place, source)
            if text is not None and text not in known:
                reason = f"{text!r} is no {what} of task.toml"
                raise TaskFormatError(
                    f"{source.file}:{place.lineno}",
                    function.name,
                    reason,
                    nearest_name(text, known),
                )


def _asked(node: ast.AST, names: set[str]) -> Iterator[tuple[ast.expr, str]]:
    """Yield the expressions that name a run, a deliverable or a scenario."""
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Name(id=owner), attr=method), args=arguments):
            if owner not in names:
                return
            if owner == "deliverables" and method in _READERS:
                yield from zip(arguments, ("run", "deliverable"), strict=False)
            elif owner == "truth" and method in _TRUTHS:
                yield from zip(arguments, ("scenario",), strict=False)
            elif owner == "runs" and method == "require":
                yield from zip(arguments, ("run",), strict=False)
        case ast.Call(func=ast.Name(id="notebook"), args=[run, *_]) if "notebook" in names:
            yield run, "run"
        case ast.Subscript(value=ast.Name(id="runs"), slice=run) if "runs" in names:
            yield run, "run"


def _text(node: ast.expr, source: _Source) -> str | None:
    """Return the text that an expression plainly is, if it is one."""
    match node:
        case ast.Constant(value=str() as text):
            return text
        case ast.Name(id=name):
            return source.constants.get(name)
        case _:
            return None
