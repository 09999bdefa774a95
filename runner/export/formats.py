"""The formats by name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from runner.export import ashby, ctrf, gradescope, greenhouse, junit, parquet, spreadsheet

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runner.export.wish import Renderer


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One format of another tool's."""

    render: Renderer
    default: str
    """What the file or folder is called if nobody names it."""
    for_candidates: bool = False
    """Whether candidates may get to see it, so that an assessor's wish is heard."""


FORMATS: Final[Mapping[str, Format]] = {
    "junit": Format(render=junit.render, default="worksample-junit.xml"),
    "ctrf": Format(render=ctrf.render, default="worksample-ctrf"),
    "csv": Format(render=spreadsheet.render, default="worksample-checks.csv"),
    "parquet": Format(render=parquet.render, default="worksample-checks.parquet"),
    "gradescope": Format(
        render=gradescope.render, default="worksample-gradescope", for_candidates=True
    ),
    "greenhouse": Format(render=greenhouse.render, default="worksample-greenhouse"),
    "ashby": Format(render=ashby.render, default="worksample-ashby"),
}
