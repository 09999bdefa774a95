"""Write ``kill-matrix.json`` and ``kill-matrix.html``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runner.records import to_json
from runner.report import render_kill_matrix

if TYPE_CHECKING:
    from pathlib import Path

    from runner.proof.matrix import KillMatrix


def write_pages(proof: KillMatrix, folder: Path) -> Path:
    """Write both below ``folder`` and return the path of the page."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "kill-matrix.json").write_bytes(to_json(proof))
    page = folder / "kill-matrix.html"
    page.write_text(render_kill_matrix(proof), encoding="utf-8")
    return page
