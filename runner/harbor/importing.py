"""Make a worksample task of a Harbor task, as far as it fits."""

from __future__ import annotations

import ast
import json
import re
import warnings
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from runner.harbor import stubs
from runner.harbor.losses import HarborError, Loss, losses_page
from runner.harbor.manifest import manifest_of
from runner.harbor.reading import read_harbor, resources_of
from sandbox.cache import complete
from tasks.errors import TaskFormatError
from tasks.loader import load_task
from tasks.manifest import clean_path
from tasks.sizes import MIB

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from runner.harbor.reading import HarborTask

PAGE: Final = "IMPORT.md"
MATERIAL: Final = "imported"
_MAX_DATA_BYTES: Final = 16 * MIB
_MAX_CHECKS: Final = 50
_CODE: Final = (
    ".py", ".ipynb", ".sh", ".md", ".rst", ".toml", ".cfg", ".ini", ".sql", ".js", ".ts", ".c",
    ".h", ".cpp", ".hpp", ".go", ".rs", ".java", ".r", ".mk",
)  # fmt: skip
_SET_UP: Final = ("dockerfile", ".dockerignore", "docker-compose.yaml", "docker-compose.yml",
                  "compose.yaml", "compose.yml")  # fmt: skip
_RESERVED: Final = ("brief.md", "task.json", "writeup.md", "data", "public_tests")
_PATHS: Final = re.compile(r"(?<![\w/.-])(/[A-Za-z0-9_.-]+(?:/[A-Za-z0-9_.-]+)+)")
_KEPT_KEYS: Final = {
    "task": {"name", "description"},
    "metadata": {"expert_time_estimate_min"},
    "verifier": {"timeout_sec"},
    "agent": {"timeout_sec"},
    "environment": {
        "cpus", "memory_mb", "memory", "storage_mb", "storage", "build_timeout_sec", "workdir",
        "allow_internet", "network_mode",
    },
}  # fmt: skip
_KNOWN_TABLES: Final = (*_KEPT_KEYS, "version", "schema_version", "artifacts")


def import_task(folder: Path, output: Path) -> tuple[Path, tuple[Loss, ...]]:
    """Write a task folder below ``output``; return where, and what did not fit.

    Raises:
        HarborError: It is no Harbor task, or there is a folder of that name already.
    """
    harbor = read_harbor(folder)
    task_id = _id_of(harbor)
    target = output / task_id
    if target.exists():
        raise HarborError(f"{target} is there already; move it away or name another folder.")
    losses: list[Loss] = []
    files = _task_files(harbor, task_id, losses)
    with complete(target) as made:
        for name, content in files.items():
            path = made / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        try:
            load_task(made)
        except TaskFormatError as error:
            losses.insert(0, Loss(error.file, f"does not load yet: {error}", "mend this first"))
        intro = (
            f"From the Harbor task `{harbor.folder}`. The task loads and gives points to nobody: "
            "its checks are yet to be written. What did not fit:"
        )
        (made / PAGE).write_text(
            losses_page(f"Imported: {task_id}", intro, losses), encoding="utf-8"
        )
    return target, tuple(losses)


def _id_of(harbor: HarborTask) -> str:
    named = harbor.table("task").get("name")
    text = named.rpartition("/")[2] if isinstance(named, str) else harbor.folder
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:80].strip("-") or "imported-task"


def _task_files(harbor: HarborTask, task_id: str, losses: list[Loss]) -> dict[str, str | bytes]:
    wanted = _deliverables(harbor, losses)
    starter, data, material = _environment(harbor, losses)
    resources = resources_of(harbor, losses)
    _note_the_rest(harbor, losses)
    tests = tuple(_tests(harbor, losses))
    _note_instruction(harbor, losses)
    files: dict[str, str | bytes] = {
        "task.toml": manifest_of(harbor, task_id, wanted, resources, losses),
        "brief.md": stubs.brief_of(harbor.instruction),
        "rubric.toml": stubs.RUBRIC,
        "variant.py": stubs.VARIANT,
        "imported_data.py": stubs.data_module(data),
        "public_tests/test_files.py": stubs.PUBLIC_TESTS.format(paths=json.dumps(wanted)),
        "hidden_tests/test_imported.py": stubs.hidden_tests_of(tests),
        "solutions/solutions.toml": stubs.SOLUTIONS,
        "solutions/empty/README.md": "Nothing is handed in.\n",
    }
    files |= {f"starter/{path}": content for path, content in starter.items()}
    kept = {
        **{f"environment/{path}": content for path, content in material.items()},
        **{f"tests/{path}": content for path, content in harbor.under("tests").items()},
        **{f"solution/{path}": content for path, content in harbor.under("solution").items()},
        "task.toml": harbor.files["task.toml"],
    }
    return files | {f"{MATERIAL}/{path}": content for path, content in kept.items()}


def _deliverables(harbor: HarborTask, losses: list[Loss]) -> list[str]:
    """Return the paths to hand in: what the manifest collects, or what the instruction names."""
    artifacts = harbor.config.get("artifacts")
    listed = artifacts if isinstance(artifacts, list) else []
    sources = [one.get("source") if isinstance(one, dict) else one for one in listed]
    named = [one for one in sources if isinstance(one, str)]
    given = {f"{harbor.workdir}/{path}" for path in harbor.under("environment")}
    found = named or [
        path.rstrip(".")
        for path in _PATHS.findall(harbor.instruction)
        if "." in path.rpartition("/")[2].strip(".") and path.rstrip(".") not in given
    ]
    paths: dict[str, None] = {}
    for path in found:
        relative = _relative(path, harbor.workdir)
        if relative is None or relative.startswith("tests/"):
            losses.append(
                Loss("task.toml", f"{path} lies outside of {harbor.workdir}",
                     "name another place in the submission and in the brief")
            )  # fmt: skip
        else:
            paths[relative] = None
    flat = [one for one in paths if not any(other.startswith(f"{one}/") for other in paths)]
    where = "artifacts" if named else "the instruction"
    words = f"deliverables from {where}: {', '.join(flat) or 'none found, result.txt stands in'}"
    losses.append(Loss("task.toml", words, "check paths, media types and sizes"))
    return flat or ["result.txt"]


def _relative(path: str, workdir: str) -> str | None:
    """Return a path relative to where the work was done; None if it is not there."""
    inner = path.removeprefix(f"{workdir}/") if path.startswith("/") else path
    try:
        return clean_path(inner.rstrip("/"))
    except ValueError:
        return None


def _environment(
    harbor: HarborTask, losses: list[Loss]
) -> tuple[dict[str, bytes], dict[str, bytes], dict[str, bytes]]:
    """Return what becomes starter, public data and mere material."""
    starter: dict[str, bytes] = {}
    data: dict[str, bytes] = {}
    material: dict[str, bytes] = {}
    environment = harbor.under("environment")
    for path, content in environment.items():
        name = PurePosixPath(path)
        if name.name.lower() in _SET_UP:
            material[path] = content
        elif name.suffix.lower() in _CODE and _has_place(path):
            starter[path] = content
        elif (
            name.suffix.lower() not in _CODE
            and _relative(path, "/") is not None
            and sum(map(len, data.values())) + len(content) <= _MAX_DATA_BYTES
        ):
            short = path.removeprefix("data/")
            data[path if short in environment else short] = content
        else:
            material[path] = content
            words = "has no place in a packet under this name or size"
            losses.append(Loss(f"environment/{path}", words, f"see {MATERIAL}/environment/"))
    if data:
        words = f"{len(data)} data file(s) are the same for every candidate"
        losses.append(Loss("variant.py", words, "make them from the seed"))
    else:
        losses.append(Loss("variant.py", "there are no data", "make some from the seed"))
    losses.extend(_docker_losses(harbor, material))
    return starter, data, material


def _has_place(path: str) -> bool:
    return (
        _relative(path, "/") is not None and path.split("/", maxsplit=1)[0].lower() not in _RESERVED
    )


def _docker_losses(harbor: HarborTask, material: Mapping[str, bytes]) -> Iterator[Loss]:
    for path in material:
        if "compose" in path:
            words = "several containers are not run together"
            yield Loss(f"environment/{path}", words, "make it a service task, or one program")
    for word, rest in harbor.docker_lines[:40]:
        file = "environment/Dockerfile"
        match word:
            case "FROM":
                to_do = "the image is python-data: Python 3.13 and its packages; see docs/tasks.md"
            case "COPY" | "ADD":
                to_do = "code is in starter/, data are in the candidate's data/"
            case "WORKDIR":
                to_do = "the submission's root takes its place"
            case _:
                to_do = "not done here; the task has to do without it"
        yield Loss(file, f"{word} {rest}", to_do)


def _note_the_rest(harbor: HarborTask, losses: list[Loss]) -> None:
    """Note every key of the manifest that has no place here."""
    environment = harbor.table("environment")
    online = environment.get("allow_internet", True) is not False
    if online and environment.get("network_mode") not in ("none", "no-network"):
        words = "the network may have been used"
        losses.append(Loss("task.toml", words, "there is none here: put in what it fetched"))
    for table, value in harbor.config.items():
        if table not in _KNOWN_TABLES:
            losses.append(Loss("task.toml", f"[{table}] has no place here", "see docs/harbor.md"))
        elif isinstance(value, dict):
            for key in value.keys() - _KEPT_KEYS.get(table, set()):
                shown = json.dumps(value[key], default=str)[:80]
                words = f"{table}.{key} = {shown} has no place here"
                losses.append(Loss("task.toml", words, "nothing, or say it in the brief"))


def _tests(harbor: HarborTask, losses: list[Loss]) -> Iterator[tuple[str, str]]:
    """Yield id and description of each Python test, read and never run."""
    seen: set[str] = set()
    for path, content in harbor.under("tests").items():
        words = "it ran in the container of the work, which could change its verdict"
        to_do = f"kept in {MATERIAL}/tests/; write checks that read deliverables as data"
        losses.append(Loss(f"tests/{path}", words, to_do))
        for name, description in _test_functions(path, content):
            id_ = stubs.check_id(name)
            if id_ not in seen and len(seen) < _MAX_CHECKS:
                seen.add(id_)
                yield id_, description
    if not seen:
        yield "outcome", "What tests/test.sh of the imported task looked at."
    words = f"{max(1, len(seen))} check(s) raise and give no points"
    losses.append(Loss("hidden_tests/test_imported.py", words, "write them"))
    if harbor.under("solution"):
        words = "a script that does the work is no submission"
        to_do = "hand in what it makes as solutions/sound_..., and flawed_... beside it"
        losses.append(Loss("solution/", words, to_do))
    else:
        words = "there is no solution"
        losses.append(
            Loss("solutions/", words, "write two sound ones and a flawed one per mistake")
        )
    losses.append(Loss("rubric.toml", "criteria and prompts are stand-ins", "write them"))


def _test_functions(path: str, content: bytes) -> Iterator[tuple[str, str]]:
    if not path.endswith(".py"):
        return
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)  # theirs, and of no use here
            tree = ast.parse(content)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith(
            "test"
        ):
            first = (ast.get_docstring(node) or node.name.replace("_", " ")).strip()
            yield node.name, first.splitlines()[0][:300]


def _note_instruction(harbor: HarborTask, losses: list[Loss]) -> None:
    places = sorted(set(_PATHS.findall(harbor.instruction)))
    if places:
        words = f"names places of the old container: {', '.join(places[:6])}"
        losses.append(Loss("brief.md", words, "name paths in the submission, and data/"))
