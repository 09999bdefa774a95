"""Parquet of the long table, with types; needs pyarrow, which ``worksample[parquet]`` brings."""

from __future__ import annotations

import enum
from datetime import datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final, get_args

from runner.errors import ExportError
from runner.export.rows import Row, rows_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from graders.evidence import Evidence
    from runner.export.wish import Wish

VERSION: Final = "1"
"""Of the columns; in the file's metadata as ``worksample.rows``."""


def render(found: Sequence[Evidence], _wish: Wish) -> bytes:
    """Return the table; times are in UTC, what is not known is null.

    Raises:
        ExportError: There is no pyarrow.
    """
    try:
        import pyarrow as pa  # noqa: PLC0415  of an extra
        from pyarrow import parquet  # noqa: PLC0415  likewise
    except ImportError as error:
        raise ExportError(
            "Parquet needs pyarrow: install it with `pip install 'worksample[parquet]'`."
        ) from error
    schema = pa.schema(
        [
            pa.field(name, _type(pa, field.annotation), nullable=_may_be_null(field.annotation))
            for name, field in Row.model_fields.items()
        ],
        metadata={"worksample.rows": VERSION},
    )
    table = pa.Table.from_pylist([_values(row) for row in rows_of(found)], schema=schema)
    out = BytesIO()
    parquet.write_table(table, out)
    return out.getvalue()


def _values(row: Row) -> dict[str, object]:
    values = {name: getattr(row, name) for name in Row.model_fields}
    return {
        name: value.value if isinstance(value, enum.Enum) else value
        for name, value in values.items()
    }


def _type(pa: Any, annotation: Any) -> Any:
    """Return the column's type; words of closed sets are texts."""
    kinds = set(get_args(annotation)) or {annotation}
    if bool in kinds:
        return pa.bool_()
    if datetime in kinds:
        return pa.timestamp("us", tz="UTC")
    if any(isinstance(kind, type) and issubclass(kind, str) for kind in kinds):
        return pa.string()
    return pa.float64()


def _may_be_null(annotation: Any) -> bool:
    return type(None) in get_args(annotation)
