"""Rebuild a notebook from its cells' sources: what was stored in it decides nothing.

The file is read as strict JSON, never by a library that runs what it finds there.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

from sandbox.strict_json import StrictJsonError, loads_object

MAX_CELLS: Final = 2000
MAX_BYTES: Final = 25 * 1024 * 1024


class NotebookRefusedError(Exception):
    """The notebook cannot be read; the message says what to fix."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RebuiltNotebook:
    """A notebook with nothing but sources."""

    content: bytes
    code: tuple[tuple[int, str], ...]
    """(index, source) of the code cells."""
    markdown: tuple[str, ...]
    """Sources of the Markdown cells, in order."""
    dropped: tuple[str, ...]
    """What was left out, in words."""


def rebuild(raw: bytes) -> RebuiltNotebook:
    """Return the notebook rebuilt from ``raw``.

    Raises:
        NotebookRefusedError: it is no notebook of format 4, too large, or has a cell that is none.
    """
    if len(raw) > MAX_BYTES:
        raise NotebookRefusedError(
            f"the notebook has {len(raw)} bytes, at most {MAX_BYTES} are read"
        )
    from nbformat import v4  # noqa: PLC0415 - a fifth of a second that only notebooks need

    notebook = _read(raw)
    cells = _cells(notebook)
    fresh: Any = v4.new_notebook()
    code: list[tuple[int, str]] = []
    markdown: list[str] = []
    for index, (kind, source) in enumerate(cells):
        if kind == "code":
            code.append((index, source))
            cell = v4.new_code_cell(source, id=f"cell-{index}")
        elif kind == "markdown":
            markdown.append(source)
            cell = v4.new_markdown_cell(source, id=f"cell-{index}")
        else:
            cell = v4.new_raw_cell(source, id=f"cell-{index}")
        fresh.cells.append(cell)
    return RebuiltNotebook(
        content=json.dumps(fresh, ensure_ascii=True).encode(),
        code=tuple(code),
        markdown=tuple(markdown),
        dropped=_dropped(notebook),
    )


def _read(raw: bytes) -> dict[str, object]:
    try:
        notebook = loads_object(raw)
    except StrictJsonError as error:
        raise NotebookRefusedError(
            f"the notebook cannot be read ({error}); open it in Jupyter, clear its outputs and "
            "save it again"
        ) from error
    if notebook.get("nbformat") != 4:
        raise NotebookRefusedError(
            f"the notebook has format {str(notebook.get('nbformat'))[:20]}, format 4 is needed; "
            "open it in a current Jupyter and save it again"
        )
    return notebook


def _cells(notebook: dict[str, object]) -> list[tuple[str, str]]:
    cells = notebook.get("cells")
    if not isinstance(cells, list):
        raise NotebookRefusedError("the notebook has no list of cells")
    if len(cells) > MAX_CELLS:
        raise NotebookRefusedError(
            f"the notebook has {len(cells)} cells, at most {MAX_CELLS} are read"
        )
    return [_cell(position, cell) for position, cell in enumerate(cells)]


def _cell(position: int, cell: object) -> tuple[str, str]:
    if not isinstance(cell, dict):
        raise NotebookRefusedError(f"cell {position} is not a cell")
    kind, source = cell.get("cell_type"), cell.get("source")
    if kind not in ("code", "markdown", "raw"):
        raise NotebookRefusedError(f"cell {position} is of no known type ({str(kind)[:40]})")
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        source = "".join(source)
    if not isinstance(source, str):
        raise NotebookRefusedError(f"cell {position} has no text")
    return kind, source


def _dropped(notebook: dict[str, Any]) -> tuple[str, ...]:
    """Say what the rebuilt notebook lacks."""
    cells = notebook["cells"]
    outputs = sum(1 for cell in cells if cell.get("outputs"))
    tagged = sum(1 for cell in cells if isinstance(cell.get("metadata"), dict) and cell["metadata"])
    attached = sum(1 for cell in cells if cell.get("attachments"))
    metadata = notebook.get("metadata")
    kernel = metadata.get("kernelspec") if isinstance(metadata, dict) else None
    words = [
        (outputs, f"stored outputs of {outputs} cells"),
        (tagged, f"metadata and tags of {tagged} cells"),
        (attached, f"attachments of {attached} cells"),
        (kernel, "the kernelspec (cells run on the image's Python)"),
    ]
    return tuple(f"Left out of the notebook: {text}." for present, text in words if present)
