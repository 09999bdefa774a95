"""Write an export, whole or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runner.errors import ExportError
from runner.text import clean_line
from sandbox.cache import complete

if TYPE_CHECKING:
    from pathlib import Path

    from runner.export.wish import Rendered


def write(rendered: Rendered, target: Path) -> None:
    """Write one file, in place of an earlier one, or a folder where there is none.

    Raises:
        ExportError: There is something in the way, or the disk does not take it.
    """
    shown = clean_line(str(target))
    _ensure_free(rendered, target, shown)
    try:
        with complete(target) as made:
            if isinstance(rendered, bytes):
                made.write_bytes(rendered)
                return
            made.mkdir()
            for name, content in rendered.items():
                path = made / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
    except OSError as error:
        raise ExportError(f"{shown} cannot be written: {error.strerror}.") from error


def _ensure_free(rendered: Rendered, target: Path, shown: str) -> None:
    """Raise if a folder would be replaced: it may hold what no export wrote."""
    if isinstance(rendered, bytes):
        if target.is_dir():
            raise ExportError(f"{shown} is a folder; name a file with -o.")
    elif target.exists() or target.is_symlink():
        raise ExportError(f"{shown} is there already; move it away or name another with -o.")
