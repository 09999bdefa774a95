"""CSV of the long table, so that no spreadsheet takes a text for a formula."""

from __future__ import annotations

import csv
import enum
from datetime import datetime
from io import StringIO
from typing import TYPE_CHECKING, Final

from runner.export.rows import Row, rows_of
from runner.text import clean_cell

if TYPE_CHECKING:
    from collections.abc import Sequence

    from graders.evidence import Evidence
    from runner.export.wish import Wish

_MAX_CELL_CHARS: Final = 32_000
"""A spreadsheet takes 32,767; texts are shorter than that already, spelled-out ones aside."""


def render(found: Sequence[Evidence], _wish: Wish) -> bytes:
    """Return the table in UTF-8; texts are quoted, numbers are not, what is not known is empty."""
    out = StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n")
    columns = list(Row.model_fields)
    writer.writerow(columns)
    for row in rows_of(found):
        writer.writerow([_cell(getattr(row, column)) for column in columns])
    return out.getvalue().encode()


def _cell(value: object) -> object:
    match value:
        case bool():
            return str(value).lower()
        case None | int() | float():
            return value
        case datetime():
            return value.isoformat()
        case enum.StrEnum():
            return value.value
        case _:
            return clean_cell(str(value), max_chars=_MAX_CELL_CHARS)
