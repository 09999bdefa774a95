"""What one table or file of a task says about another."""

from __future__ import annotations

import ast
from collections import Counter
from typing import TYPE_CHECKING, Final, NoReturn

from tasks.checks import parse_python
from tasks.errors import TaskFormatError, nearest_name
from tasks.files import files_under
from tasks.manifest import IMAGES, placeholders
from tasks.model import SolutionKind, TaskKind
from tasks.syscalls import ADDABLE, REFUSED

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from tasks.model import CheckSpec, Manifest, Rubric, Run, Solutions

GENERATE_ARGUMENTS: Final = ("seed", "scenario", "public", "truth")
UPSTREAM_ARGUMENTS: Final = ("folder",)

KNOWN_NAMES: Final = (
    "README.md", "brief.md", "hidden_tests", "public_tests", "rubric.toml", "solutions", "starter",
    "task.toml", "upstream.py", "variant.py",
)  # fmt: skip
"""What stands at the top of a task folder; modules that ``variant.py`` imports may, too."""

_MISSPELT: Final = 0.8
_RUN_PLACES: Final = ("data", "out")
_SERVICE_PLACES: Final = ("data", "out", "port")
_RESERVED_PROMPTS: Final = ("ai",)


def check_manifest(folder: Path, manifest: Manifest) -> None:
    """Raise TaskFormatError if tables of ``task.toml`` contradict each other or the folder."""
    file = f"{folder.name}/task.toml"
    if manifest.id != folder.name:
        _fail(file, "id", f"is {manifest.id!r}, but the folder is named {folder.name!r}")
    _require_unique(file, "deliverable", "path", (one.path for one in manifest.deliverables))
    _require_unique(file, "run", "name", (run.name for run in manifest.runs))
    _check_nesting(file, [one.path for one in manifest.deliverables])
    for position, run in enumerate(manifest.runs):
        _check_run(file, run, manifest, [one.name for one in manifest.runs[:position]])
    if all(run.scenario != "public" for run in manifest.runs):
        _fail(file, "run", 'has no run on the scenario "public", the candidate\'s own data')
    if manifest.image.name not in IMAGES:
        near = nearest_name(manifest.image.name, IMAGES)
        reason = f"{manifest.image.name!r} is no image for candidates; there is {', '.join(IMAGES)}"
        _fail(file, "image.name", reason, near)
    _check_kind_tables(file, manifest)
    _check_extra_syscalls(file, manifest.sandbox.extra_syscalls)


def check_folder(folder: Path) -> None:
    """Raise TaskFormatError if a name at the top of the folder looks like a misspelt known one."""
    present = {name.split("/")[0] for name in files_under(folder)}
    for name in sorted(present.difference(KNOWN_NAMES)):
        near = nearest_name(name, set(KNOWN_NAMES) - present, cutoff=_MISSPELT)
        if near is not None:
            _fail(f"{folder.name}/{name}", "", "is nothing that a task folder has", near)


def check_notebook(folder: Path, manifest: Manifest, listed: Solutions | None) -> None:
    """Raise TaskFormatError if a solution lacks the notebook that candidates hand in."""
    if manifest.notebook is None or listed is None:
        return
    path = manifest.notebook.path
    for solution in listed.solutions:
        is_handed_in = (folder / "solutions" / solution.name / path).is_file()
        if not is_handed_in and solution.kind is not SolutionKind.HOSTILE:
            near = nearest_name(path, files_under(folder, f"solutions/{solution.name}"))
            reason = f"lacks {path!r}, which task.toml names as the notebook"
            file = f"{folder.name}/solutions/solutions.toml"
            _fail(file, f"solution[{solution.name}].name", reason, near)


def check_rubric(folder: Path, rubric: Rubric) -> None:
    """Raise TaskFormatError if tables of ``rubric.toml`` contradict each other."""
    file = f"{folder.name}/rubric.toml"
    criteria = [criterion.id for criterion in rubric.criteria]
    _require_unique(file, "criterion", "id", criteria)
    # Headings are matched without regard to case.
    _require_unique(file, "prompt", "id", (prompt.id.lower() for prompt in rubric.prompts))
    _require_unique(file, "claim", "id", (claim.id for claim in rubric.claims))
    for prompt in rubric.prompts:
        if prompt.id.lower() in _RESERVED_PROMPTS:
            _fail(file, f"prompt[{prompt.id}].id", 'is taken by the heading "AI use"')
        _require_known(file, f"prompt[{prompt.id}].criterion", prompt.criterion, criteria)


def check_hidden_tests(folder: Path, checks: Sequence[CheckSpec], rubric: Rubric) -> None:
    """Raise TaskFormatError if a check feeds a criterion that the rubric does not have."""
    criteria = [criterion.id for criterion in rubric.criteria]
    for check in checks:
        file = f"{folder.name}/hidden_tests/{check.file}"
        _require_known(file, f"{check.function}.criterion", check.criterion, criteria)


def check_solutions(folder: Path, listed: Solutions | None, checks: Sequence[CheckSpec]) -> None:
    """Raise TaskFormatError if ``solutions.toml`` and the folders or checks do not match."""
    file = f"{folder.name}/solutions/solutions.toml"
    names = [solution.name for solution in listed.solutions] if listed else []
    _require_unique(file, "solution", "name", names)
    present = {name.split("/")[0] for name in files_under(folder, "solutions") if "/" in name}
    for name in names:
        if name not in present:
            near = nearest_name(name, present - set(names))
            _fail(file, f"solution[{name}].name", "has no folder with files beside this file", near)
    for name in sorted(present - set(names)):
        _fail(file, "solution", f"does not list the folder solutions/{name}")
    ids = [check.id for check in checks]
    for solution in listed.solutions if listed else ():
        key = f"solution[{solution.name}].fails"
        for id_ in solution.fails:
            _require_known(file, key, id_, ids, what="check")
        _require_unique(file, f"solution[{solution.name}]", "fails", solution.fails)
        kind = solution.kind
        if kind is SolutionKind.FLAWED and not solution.fails:
            _fail(file, key, "must name at least one check, for the solution is flawed")
        if kind in (SolutionKind.SOUND, SolutionKind.EMPTY) and solution.fails:
            _fail(file, key, f"has no place in a solution of kind {kind.value}")


def check_variant(folder: Path) -> None:
    """Raise TaskFormatError unless ``variant.py`` defines ``generate`` as documented."""
    _check_function(
        folder, "variant.py", "generate", GENERATE_ARGUMENTS, "makes each candidate's data"
    )


def check_upstream(folder: Path, manifest: Manifest) -> None:
    """Raise TaskFormatError unless ``upstream.py`` is there just where it is declared."""
    if manifest.upstream is not None:
        _check_function(
            folder, "upstream.py", "make_upstream", UPSTREAM_ARGUMENTS, "serves the API"
        )
    elif (folder / "upstream.py").exists():
        _fail(f"{folder.name}/task.toml", "upstream", "is missing: there is an upstream.py")


def _check_function(
    folder: Path, name: str, function: str, wanted: tuple[str, ...], use: str
) -> None:
    file = f"{folder.name}/{name}"
    if not (folder / name).is_file():
        _fail(file, "", f"no such file; it {use}")
    functions = {
        node.name: node
        for node in parse_python(folder / name, file).body
        if isinstance(node, ast.FunctionDef)
    }
    if function not in functions:
        near = nearest_name(function, functions)
        _fail(file, "", f"has no top-level function {function}", near)
    found = functions[function]
    arguments = tuple(one.arg for one in (*found.args.posonlyargs, *found.args.args))
    if arguments != wanted or found.args.kwonlyargs:
        words = ", ".join(wanted)
        _fail(f"{file}:{found.lineno}", function, f"must have the arguments ({words})")


def _check_run(file: str, run: Run, manifest: Manifest, earlier: Sequence[str]) -> None:
    key, kind = f"run[{run.name}]", manifest.kind
    if kind is TaskKind.NOTEBOOK and run.command is not None:
        _fail(file, f"{key}.command", "must not be given: a notebook is executed from the top")
    if kind is not TaskKind.NOTEBOOK and run.command is None:
        _fail(file, f"{key}.command", f"is missing: kind {kind.value} runs a command")
    places = (*_RUN_PLACES, "upstream") if manifest.upstream else _RUN_PLACES
    _check_placeholders(file, f"{key}.command", run.command or (), places)
    if run.continues is not None and run.continues not in earlier:
        near = nearest_name(run.continues, earlier)
        _fail(file, f"{key}.continues", f"{run.continues!r} is no earlier run", near)


def _check_kind_tables(file: str, manifest: Manifest) -> None:
    for table, kind, part in (
        ("notebook", TaskKind.NOTEBOOK, manifest.notebook),
        ("service", TaskKind.SERVICE, manifest.service),
    ):
        if part is None and manifest.kind is kind:
            _fail(file, table, f"is missing: kind {kind.value} needs this table")
        if part is not None and manifest.kind is not kind:
            reason = f"must not be given: only kind {kind.value} has this table"
            _fail(file, table, reason)
    if manifest.service is not None:
        service = manifest.service
        if manifest.upstream is not None:
            _fail(file, "upstream", "must not be given: a service has no upstream")
        _check_placeholders(file, "service.command", service.command, _SERVICE_PLACES)
        if service.continues is not None:
            runs = [run.name for run in manifest.runs]
            _require_known(file, "service.continues", service.continues, runs, what="run")


def _check_extra_syscalls(file: str, names: tuple[str, ...]) -> None:
    _require_unique(file, "sandbox", "extra_syscalls", names)
    for name in names:
        if name in REFUSED:
            _fail(file, "sandbox.extra_syscalls", f"{name!r} is never allowed: {REFUSED[name]}")
        if name not in ADDABLE:
            reason = f"{name!r} is no call that a task can add; ordinary ones need no mention"
            near = nearest_name(name, (*ADDABLE, *REFUSED))
            _fail(file, "sandbox.extra_syscalls", reason, near)


def _check_placeholders(
    file: str, key: str, command: tuple[str, ...], known: tuple[str, ...]
) -> None:
    for name in placeholders(command):
        if name not in known:
            allowed = ", ".join(f"{{{place}}}" for place in known)
            near = nearest_name(name, known)
            reason = f"has the unknown placeholder {{{name}}}; there are {allowed}"
            _fail(file, key, reason, f"{{{near}}}" if near else None)


def _check_nesting(file: str, paths: Sequence[str]) -> None:
    for path in paths:
        for other in paths:
            if other.startswith(f"{path}/"):
                _fail(file, f"deliverable[{path}].path", f"is a folder of {other!r}")


def _require_unique(file: str, table: str, key: str, values: Iterable[str]) -> None:
    for value, count in Counter(values).items():
        if count > 1:
            _fail(file, f"{table}.{key}", f"{value!r} is used {count} times")


def _require_known(
    file: str, key: str, value: str, known: Sequence[str], *, what: str = "criterion"
) -> None:
    if value not in known:
        _fail(file, key, f"{value!r} is no {what} of this task", nearest_name(value, known))


def _fail(file: str, key: str, reason: str, nearest: str | None = None) -> NoReturn:
    raise TaskFormatError(file, key, reason, nearest)
