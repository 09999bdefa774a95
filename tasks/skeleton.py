"""Makes the folder of a new task: a small one that is whole, to be changed step by step.

``templates/`` holds its files in layers: what all kinds share, then what a kind adds or replaces.
In them ``%slug%`` and ``%kind%`` stand for the task's own; the line ``%part%`` of a file for the
text of ``FILE.part``; a file in ``solutions/every/`` for one in every solution that lacks it.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tasks.errors import CatalogError, TaskExistsError, TaskSlugError
from tasks.files import read_under
from tasks.manifest import MAX_SLUG_CHARS, SLUG_PATTERN, TaskKind

if TYPE_CHECKING:
    from collections.abc import Mapping

TEMPLATES: Final = Path(__file__).parent / "templates"
LAYERS: Final[Mapping[TaskKind, tuple[str, ...]]] = {
    TaskKind.REPO: ("common", "repo"),
    TaskKind.NOTEBOOK: ("common", "notebook"),
    TaskKind.SERVICE: ("common", "repo", "service"),
}

_PART_SUFFIX: Final = ".part"
_PART_LINE: Final = b"%part%\n"
_EVERY: Final = "solutions/every/"


def check_slug(slug: str) -> str:
    """Return a task's id unchanged if it can be one.

    Raises:
        TaskSlugError: If it has other characters, or is empty or too long.
    """
    if re.fullmatch(SLUG_PATTERN, slug) is None or len(slug) > MAX_SLUG_CHARS:
        raise TaskSlugError(slug)
    return slug


def task_files(slug: str, kind: TaskKind) -> dict[str, bytes]:
    """Return the files of a new task, by relative path.

    Raises:
        TaskSlugError: If the id cannot be one.
    """
    layers: dict[str, bytes] = {}
    for layer in LAYERS[kind]:
        layers |= read_under(TEMPLATES, layer)
    words = {b"%slug%": check_slug(slug).encode(), b"%kind%": kind.value.encode()}
    files = {}
    for name, content in layers.items():
        if name.endswith(_PART_SUFFIX) or name.startswith(_EVERY):
            continue
        whole = content.replace(_PART_LINE, layers.get(name + _PART_SUFFIX, b""))
        for word, replacement in words.items():
            whole = whole.replace(word, replacement)
        files[name] = whole
    return files | _of_every_solution(layers, files)


def create_task(slug: str, kind: TaskKind, catalog: Path) -> Path:
    """Write the folder of a new task into a catalog and return it; nothing is overwritten.

    Raises:
        TaskSlugError: If the id cannot be one.
        TaskExistsError: If the catalog has a file or folder of that name.
        CatalogError: If the catalog is itself a task.
        OSError: If it cannot be written; then nothing is left of it.
    """
    files = task_files(slug, kind)
    if (catalog / "task.toml").exists():
        raise CatalogError(catalog, "is a task itself; name the folder above it.")
    folder = catalog / slug
    try:
        folder.mkdir(parents=True)
    except FileExistsError as error:
        raise TaskExistsError(folder) from error
    try:
        for name, content in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return folder


def _of_every_solution(layers: Mapping[str, bytes], files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return what stands in ``solutions/every/`` for each solution but the empty one."""
    names = {name.split("/")[1] for name in files if name.count("/") > 1 and "solutions/" in name}
    return {
        place: content
        for shared, content in layers.items()
        if shared.startswith(_EVERY)
        for solution in sorted(names - {"empty"})
        if (place := f"solutions/{solution}/{shared.removeprefix(_EVERY)}") not in files
    }
