"""A batch as a CSV file: which submission is whose, and of which task."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from runner.errors import SourceError
from runner.text import clean_line
from tasks.errors import CandidateCodeError, nearest_name
from tasks.variant import check_candidate_code

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

COLUMNS: Final = ("candidate", "task", "submission")
_OTHER_NAMES: Final = {"path": "submission", "url": "submission", "source": "submission"}
_SHOWN: Final = 10


@dataclass(frozen=True, slots=True)
class ManifestLine:
    """One submission to grade."""

    candidate: str
    task_id: str
    source: str
    """A path, made absolute by the manifest's folder if it was not, or a URL."""


def read_manifest(path: Path, task_ids: Collection[str]) -> tuple[ManifestLine, ...]:
    """Return the lines of a manifest.

    Args:
        path: CSV in UTF-8 with the columns `candidate`, `task` and `submission` (or `path`, or
            `url`), in any order.
        task_ids: The tasks that there are.

    Raises:
        SourceError: with everything that is wrong, each with its line.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            columns = _columns(path, reader.fieldnames or ())
            rows = [(reader.line_num, row) for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise SourceError(f"The manifest {path} cannot be read: {error}.") from error
    lines = [(number, _line(path, row, columns)) for number, row in rows]
    problems = list(_problems(lines, task_ids))
    if problems:
        more = f" (and {len(problems) - _SHOWN} more)" if len(problems) > _SHOWN else ""
        raise SourceError(f"{path}: {'; '.join(problems[:_SHOWN])}{more}.")
    if not lines:
        raise SourceError(f"The manifest {path} names no submission.")
    return tuple(line for _, line in lines)


def _columns(path: Path, header: Collection[str]) -> dict[str, str]:
    """Return the column's own name by ours."""
    found: dict[str, str] = {}
    for name in header:
        plain = name.strip().lower()
        plain = _OTHER_NAMES.get(plain, plain)
        if plain in COLUMNS and plain not in found:
            found[plain] = name
    missing = [name for name in COLUMNS if name not in found]
    if missing:
        raise SourceError(
            f"The manifest {path} has no column {missing[0]}: its first line has to be "
            f"{','.join(COLUMNS)}."
        )
    return found


def _line(path: Path, row: Mapping[str, str | None], columns: Mapping[str, str]) -> ManifestLine:
    candidate, task, source = ((row.get(columns[name]) or "").strip() for name in COLUMNS)
    if source and not source.lower().startswith("https:"):
        source = str(path.parent / source)
    return ManifestLine(candidate, task, source)


def _problems(
    lines: Collection[tuple[int, ManifestLine]], task_ids: Collection[str]
) -> Iterator[str]:
    first: dict[tuple[str, str], int] = {}
    for number, line in lines:
        place = f"line {number}"
        if not line.source:
            yield f"{place}: no submission"
        try:
            check_candidate_code(line.candidate)
        except CandidateCodeError as error:
            yield f"{place}: {str(error).rstrip('.')}"
        if line.task_id not in task_ids:
            near = nearest_name(line.task_id, task_ids)
            hint = f"; did you mean {near}?" if near else ""
            yield f"{place}: there is no task {clean_line(line.task_id)}{hint}"
        key = (line.candidate, line.task_id)
        if first.setdefault(key, number) != number:
            yield f"{place}: {line.candidate} has handed in {line.task_id} in line {first[key]}"
