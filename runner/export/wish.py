"""What an assessor may ask of an export, beside its format."""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from graders.evidence import Evidence


class Visibility(enum.StrEnum):
    """When candidates see checks, in Gradescope's words."""

    HIDDEN = "hidden"
    AFTER_DUE_DATE = "after_due_date"
    AFTER_PUBLISHED = "after_published"
    VISIBLE = "visible"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Both are for formats that candidates may get to see; the defaults show them nothing."""

    visibility: Visibility = Visibility.HIDDEN
    show_details: bool = False
    """Whether what checks found on hidden runs is in what a candidate may see."""


Rendered = bytes | Mapping[str, bytes]
"""The content of one file, or the contents of a folder by path."""
Renderer = Callable[[Sequence[Evidence], Wish], Rendered]
