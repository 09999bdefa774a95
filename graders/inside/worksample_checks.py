"""Helpers for hidden tests: what may be imported beside the fixtures.

Everything here that finds a candidate's file unreadable or wrong raises an assertion: the check is
``failed``, with a sentence for the reviewer.
"""

import csv
import io
import re

import numpy as np
import pandas as pd

MAX_ROWS = 2_000_000
MAX_COLUMNS = 1_000
MAX_CELLS = 10_000_000
"""So many fit into the container's memory several times; what does not would end the grading."""
_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")
_WHOLE = re.compile(r"[+-]?[0-9]{1,18}")


class NotRun(Exception):
    """The check could not be run: what it needs did not finish."""


class DeliverableError(AssertionError):
    """A deliverable is missing or unreadable: the candidate's fault."""


def numbers(series, what="values"):
    """Return a float array of a column of strings; only plain finite decimal numbers are taken."""
    return _convert(series, what, _NUMBER, np.float64, "a plain decimal number")


def whole_numbers(series, what="values"):
    """Return an int64 array of a column of strings."""
    return _convert(series, what, _WHOLE, np.int64, "a whole number")


def _convert(series, what, pattern, dtype, words):
    values = [str(value) for value in series]
    for position, value in enumerate(values):
        if not pattern.fullmatch(value, 0) or not value.isascii():
            raise DeliverableError(f"{what}: {value[:60]!r} in row {position + 1} is not {words}")
    result = np.array([dtype(value) for value in values], dtype=dtype)
    if not np.isfinite(result).all():
        raise DeliverableError(f"{what}: a number is beyond the range of a double")
    return result


def read_csv(raw, name, columns=None):
    """Return a frame of strings from strict UTF-8, RFC 4180 CSV with a header.

    Source: RFC 4180; a byte-order mark is refused, a final line break is optional.
    """
    try:
        text = raw.decode("utf-8", errors="strict")
    except UnicodeDecodeError as error:
        raise DeliverableError(f"{name}: not UTF-8 at byte {error.start}") from None
    if "\0" in text:
        raise DeliverableError(f"{name}: holds a NUL byte")
    if text.startswith("\ufeff"):
        raise DeliverableError(f"{name}: begins with a byte-order mark")
    rows = _rows(text, name)
    header = rows[0]
    _check_header(header, name, columns)
    for line, row in enumerate(rows[1:], start=2):
        if len(row) != len(header):
            raise DeliverableError(
                f"{name}: row {line} has {len(row)} cells, the header has {len(header)}"
            )
    return pd.DataFrame(rows[1:], columns=header, dtype=object)


def _rows(text, name):
    rows, cells = [], 0
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        for row in reader:
            if row:
                rows.append(row)
                cells += len(row)
            if len(rows) > MAX_ROWS:
                raise DeliverableError(f"{name}: more than {MAX_ROWS} rows")
            if cells > MAX_CELLS:
                raise DeliverableError(f"{name}: more than {MAX_CELLS} cells")
    except csv.Error as error:
        raise DeliverableError(f"{name}: not CSV at line {reader.line_num}: {error}") from None
    if not rows:
        raise DeliverableError(f"{name}: empty, not even a header")
    return rows


def _check_header(header, name, columns):
    if len(header) > MAX_COLUMNS:
        raise DeliverableError(f"{name}: more than {MAX_COLUMNS} columns")
    twice = sorted({column for column in header if header.count(column) > 1})
    if twice:
        raise DeliverableError(f"{name}: column {twice[0][:60]!r} occurs twice")
    missing = [column for column in columns or () if column not in header]
    if missing:
        raise DeliverableError(
            f"{name}: column {missing[0]!r} is missing (there are {header[:20]})"
        )
