"""Notebooks for the hostile corpus: a solution's own, changed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

NAME: Final = "analysis.ipynb"


def change(folder: Path, base: Mapping[str, bytes]) -> tuple[dict[str, Any], Callable[[], Path]]:
    """Return a solution's notebook, and what writes it down as it then is.

    It is handed in alone, or with what else lies in ``folder/work`` by then.
    """
    notebook: dict[str, Any] = json.loads(base[NAME])

    def save() -> Path:
        work = folder / "work"
        path = work / NAME if work.is_dir() else folder / NAME
        path.write_text(json.dumps(notebook))
        return work if work.is_dir() else path

    return notebook, save


def code(source: str, *, tags: Sequence[str] = ()) -> dict[str, Any]:
    """Return a code cell that was not run."""
    return {
        "cell_type": "code",
        "metadata": {"tags": list(tags)} if tags else {},
        "source": source,
        "execution_count": None,
        "outputs": [],
    }
