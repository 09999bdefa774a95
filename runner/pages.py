"""Write reports to a folder: a page for each grading, an index, the evidence beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runner.records import to_json
from runner.report import render_cohort, render_submission, report_name

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from graders.evidence import Evidence


def write_reports(found: Sequence[Evidence], folder: Path) -> Path:
    """Write all pages below ``folder`` and return the path of the cohort page."""
    folder.mkdir(parents=True, exist_ok=True)
    links: dict[str, str] = {}
    for one in found:
        name = report_name(one)
        (folder / name).write_text(render_submission(one), encoding="utf-8")
        (folder / name).with_suffix(".evidence.json").write_bytes(to_json(one))
        links[one.submission.id] = name
    index = folder / "index.html"
    index.write_text(render_cohort(found, links=links), encoding="utf-8")
    return index
