"""Values that cross between hidden tests and the candidate's code: strict JSON and raw buffers.

A message is a frame: a JSON head and a body that holds the buffers one after the other. A value in
the head is JSON, but for objects with one key that begins with ``$``:

* ``{"$buffer": i}``: buffer ``i`` of the head's ``buffers``, an array or bytes;
* ``{"$table": {"columns": [[name, i], ...], "rows": n, "index": [name, i] | null}}``;
* ``{"$series": {"column": [name, i], "index": [name, i] | null}}``;
* ``{"$tuple": [...]}``; ``{"$float": "nan" | "inf" | "-inf"}``;
* ``{"$dict": [[key, value], ...]}``: a dictionary that plain JSON cannot hold.

Times with a zone cross as UTC, categories as what they stand for, whole numbers and truth values
with missing ones among them as floats, names of series and indexes as text.

A buffer is described by ``{"dtype", "shape", "bytes"}``. Its dtype is one of :data:`ITEM_BYTES`,
``bytes``, or ``text``: for each string an unsigned 32-bit length (:data:`MISSING` for a missing
one), then all strings in UTF-8. A buffer stands for one value and is named once, so that no message
makes more of itself than it brings. Nothing else crosses: no pickle, no object, no reference.

Runs in the grade container, and beside the candidate's code. Needs numpy and pandas.
"""

import contextlib
import json
import math

import numpy as np
import pandas as pd
from strict_json import MAX_DEPTH

ITEM_BYTES = {
    "|b1": 1, "|i1": 1, "|u1": 1, "<i2": 2, "<u2": 2, "<i4": 4, "<u4": 4, "<i8": 8, "<u8": 8,
    "<f4": 4, "<f8": 8, "<M8[ns]": 8,
}  # fmt: skip
MISSING = 0xFFFFFFFF
MAX_HEAD_BYTES = 1 << 20
MAX_BODY_BYTES = 64 << 20
MAX_COLUMNS = 1000
MAX_ROWS = 16 << 20
EXACT_FLOAT = 1 << 53


class ValueRefusedError(ValueError):
    """A value that cannot cross; the message says why."""


class NotFiniteError(ValueRefusedError):
    """A number that is missing or not finite, where it may not be."""


# --- out -----------------------------------------------------------------------------------------


def pack(head, **values):
    """Return (head, body) of a message whose ``values`` may be anything that can cross.

    Raises:
        ValueRefusedError: one of them cannot, or all together are too large.
    """
    out = _Out()
    head = {**head, **{name: out.plain(value, MAX_DEPTH - 8) for name, value in values.items()}}
    head["buffers"] = out.specs
    if out.size > MAX_BODY_BYTES:
        raise ValueRefusedError(f"{out.size} bytes of arrays; {MAX_BODY_BYTES} may be handed over")
    raw = json.dumps(head, separators=(",", ":"), allow_nan=False).encode()
    if len(raw) > MAX_HEAD_BYTES:
        raise ValueRefusedError(
            f"{len(raw)} bytes of JSON; {MAX_HEAD_BYTES} may be handed over beside arrays"
        )
    return raw, b"".join(out.parts)


class _Out:
    def __init__(self):
        self.specs, self.parts, self.size = [], [], 0

    def plain(self, value, depth):
        """Return what stands for ``value`` in the head. Types are compared exactly."""
        kind = type(value)
        if value is None or kind is bool:
            return value
        if kind in _SCALARS:
            return _SCALARS[kind](value)
        if depth <= 0:
            raise ValueRefusedError("nested too deep")
        if kind in (list, tuple):
            items = [self.plain(item, depth - 1) for item in value]
            return items if kind is list else {"$tuple": items}
        if kind is dict:
            return self._dict(value, depth - 1)
        return self._with_buffers(value, kind, depth)

    def _dict(self, value, depth):
        if all(type(key) is str and not key.startswith("$") for key in value):
            return {_text(key): self.plain(item, depth) for key, item in value.items()}
        return {"$dict": [[self.plain(k, 1), self.plain(v, depth - 1)] for k, v in value.items()]}

    def _with_buffers(self, value, kind, depth):
        if kind is bytes:
            return {"$buffer": self._add("bytes", (len(value),), value)}
        if kind is np.ndarray:
            return {"$buffer": self._array(value)}
        if kind is pd.Series:
            column = [self._name(value.name), self._column(value, "the series")]
            return {"$series": {"column": column, "index": self._index(value.index)}}
        if kind is pd.DataFrame:
            return {"$table": self._table(value)}
        if isinstance(value, np.generic) and type(value.item()) in (bool, *_SCALARS):
            return self.plain(value.item(), depth)
        raise ValueRefusedError(f"a value of type {kind.__name__} cannot be handed over")

    def _table(self, frame):
        names = list(frame.columns)
        if len(names) > MAX_COLUMNS:
            raise ValueRefusedError(f"a table of more than {MAX_COLUMNS} columns")
        if len(frame) > MAX_ROWS:
            raise ValueRefusedError(f"a table of more than {MAX_ROWS} rows")
        if any(type(name) is not str for name in names) or len(set(names)) != len(names):
            raise ValueRefusedError("a table's columns need names, each of them once")
        columns = [[_text(name), self._column(frame[name], f"column {name!r}")] for name in names]
        return {"columns": columns, "rows": len(frame), "index": self._index(frame.index)}

    def _index(self, index):
        """Return what stands for an index; None for that which counts from zero."""
        if type(index) is pd.RangeIndex and (index.start, index.step, index.name) == (0, 1, None):
            return None
        if isinstance(index, pd.MultiIndex):
            raise ValueRefusedError("an index of several levels; use reset_index()")
        return [self._name(index.name), self._column(index.to_series(), "the index")]

    def _name(self, name):
        return None if name is None else _text(str(name))

    def _column(self, series, what):
        dtype = series.dtype
        if isinstance(dtype, pd.SparseDtype):
            return self._column(series.sparse.to_dense(), what)
        if isinstance(dtype, pd.DatetimeTZDtype):
            series = series.dt.tz_convert("UTC").dt.tz_localize(None)
        elif isinstance(dtype, pd.CategoricalDtype):
            series = _numbers(series, dtype.categories.dtype, what)
        elif not isinstance(dtype, np.dtype):
            series = _numbers(series, dtype, what)
        if series.dtype.kind == "O" or pd.api.types.is_string_dtype(series.dtype):
            return self._strings(series, what)
        return self._array(series.to_numpy())

    def _array(self, array):
        if array.dtype.kind in "OUT":
            if array.ndim != 1:
                raise ValueRefusedError("an array of strings with more than one axis")
            return self._strings(pd.Series(array, dtype=object), "the array")
        if array.dtype.kind == "M":
            array = _nanoseconds(array)
        if not array.dtype.isnative or array.dtype.str not in ITEM_BYTES:
            raise ValueRefusedError(f"an array of type {array.dtype} cannot be handed over")
        return self._add(array.dtype.str, array.shape, np.ascontiguousarray(array).tobytes())

    def _strings(self, series, what):
        values = series.tolist()
        missing = [index for index, gone in enumerate(series.isna().tolist()) if gone]
        for index in missing:
            values[index] = ""
        try:
            joined = "".join(values)
        except TypeError:
            odd = next(type(value).__name__ for value in values if type(value) is not str)
            raise ValueRefusedError(f"{what} holds a {odd} among strings") from None
        raw = _text(joined).encode()
        sizes = values if len(raw) == len(joined) else [value.encode() for value in values]
        lengths = np.fromiter(map(len, sizes), dtype="<u4", count=len(values))
        lengths[missing] = MISSING
        return self._add("text", (len(values),), lengths.tobytes() + raw)

    def _add(self, dtype, shape, raw):
        self.specs.append({"dtype": dtype, "shape": list(shape), "bytes": len(raw)})
        self.parts.append(raw)
        self.size += len(raw)
        return len(self.specs) - 1


def _numbers(series, dtype, what):
    """Return a series of a type of pandas' own, or of categories of it, in numpy's numbers."""
    if not pd.api.types.is_numeric_dtype(dtype):
        return series if series.dtype == dtype else series.astype(dtype)
    if not series.isna().any():
        return series.astype(getattr(dtype, "numpy_dtype", dtype))
    known = series.dropna().astype(getattr(dtype, "numpy_dtype", dtype))
    if known.dtype.kind in "iu" and ((known > EXACT_FLOAT) | (known < -EXACT_FLOAT)).any():
        raise ValueRefusedError(f"{what} holds whole numbers beyond 53 bits and missing ones")
    return series.astype("float64")


def _nanoseconds(array):
    """Return times in nanoseconds; beyond the year 2262 they wrap around or raise, as numpy is."""
    with contextlib.suppress(OverflowError):
        found = array.astype("M8[ns]")
        if ((found.astype(array.dtype) == array) | np.isnat(array)).all():
            return found
    raise ValueRefusedError("a time that 64 bits of nanoseconds cannot hold")


def _text(value):
    if len(value) > MAX_BODY_BYTES:
        raise ValueRefusedError(f"a string of {len(value)} characters")
    try:
        value.isascii() or value.encode()
    except UnicodeEncodeError:
        raise ValueRefusedError("a string that holds half a surrogate pair") from None
    return value


def _int(value):
    if not -(2**63) <= value < 2**63:
        raise ValueRefusedError(f"an integer of {value.bit_length()} bits is beyond 64 bits")
    return value


def _float(value):
    if math.isfinite(value):
        return value
    return {"$float": "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"}


_SCALARS = {str: _text, int: _int, float: _float}


# --- in ------------------------------------------------------------------------------------------


def unpack(head, body, name, *, allow_nan=False):
    """Return the value ``name`` of a message.

    Raises:
        ValueRefusedError: the message contradicts itself, or holds a number that is not finite.
    """
    specs = head.get("buffers")
    if not isinstance(specs, list):
        raise ValueRefusedError("no list of buffers")
    return _In(_cut(specs, body), allow_nan).value(head[name])


def _cut(specs, body):
    """Return [(dtype, shape, memory)], which together are exactly the body."""
    found, at, memory = [], 0, memoryview(body)
    for spec in specs:
        dtype, shape, size = spec["dtype"], spec["shape"], spec["bytes"]
        if not _fits(dtype, shape, size) or at + size > len(memory):
            raise ValueRefusedError(f"a buffer that contradicts itself: {str(spec)[:200]}")
        found.append((dtype, tuple(shape), memory[at : at + size]))
        at += size
    if at != len(memory):
        raise ValueRefusedError(f"{len(memory) - at} bytes that no buffer describes")
    return found


def _fits(dtype, shape, size):
    if type(size) is not int or not isinstance(shape, list) or len(shape) > 8:
        return False
    if size < 0 or any(type(length) is not int or length < 0 for length in shape):
        return False
    items = math.prod(shape)
    if dtype == "text":
        return len(shape) == 1 and size >= 4 * items
    if dtype == "bytes":
        return shape == [size]
    return dtype in ITEM_BYTES and items * ITEM_BYTES[dtype] == size


class _In:
    def __init__(self, buffers, allow_nan):
        self._buffers, self._allow_nan = dict(enumerate(buffers)), allow_nan

    def value(self, plain):
        if isinstance(plain, list):
            return [self.value(item) for item in plain]
        if not isinstance(plain, dict):
            return plain
        if len(plain) == 1:
            ((key, inner),) = plain.items()
            if key.startswith("$"):
                return self._tagged(key, inner)
        if any(key.startswith("$") for key in plain):
            raise ValueRefusedError("a tag among other keys")
        return {key: self.value(item) for key, item in plain.items()}

    def _tagged(self, key, inner):
        try:
            return self._by_tag(key, inner)
        except ValueRefusedError:
            raise
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise ValueRefusedError(f"a malformed {key[:20]}: {error}") from None

    def _by_tag(self, key, inner):
        match key:
            case "$buffer":
                return self._buffer(inner)
            case "$series":
                return self._series(inner)
            case "$table":
                return self._table(inner)
            case "$float":
                return self._float(inner)
            case "$dict":
                return self._dict(inner)
            case "$tuple":
                return tuple(self.value(item) for item in _list(inner))
        raise ValueRefusedError(f"the unknown tag {key[:20]}")

    def _float(self, word):
        if word not in ("nan", "inf", "-inf"):
            raise ValueRefusedError(f"{word!r} is no number")
        if not self._allow_nan:
            raise NotFiniteError(f"{word} where a finite number is due")
        return float(word)

    def _dict(self, pairs):
        found = {self.value(key): self.value(item) for key, item in _list(pairs)}
        if len(found) != len(pairs):
            raise ValueRefusedError("a dictionary has a key twice")
        return found

    def _buffer(self, index):
        if type(index) is not int or index not in self._buffers:
            raise ValueRefusedError("a buffer that is not there, or was used before")
        dtype, shape, memory = self._buffers.pop(index)
        if dtype == "bytes":
            return bytes(memory)
        if dtype == "text":
            return self._strings(shape[0], memory)
        array = np.frombuffer(memory, dtype=dtype).reshape(shape).copy()
        odd = np.isnat(array) if dtype == "<M8[ns]" else None
        if array.dtype.kind == "f":
            odd = ~np.isfinite(array)
        if odd is not None and odd.any() and not self._allow_nan:
            raise NotFiniteError(
                f"{int(odd.sum())} of {array.size} numbers are missing or not finite"
            )
        if dtype == "|b1" and array.size and int(array.view("|u1").max()) > 1:
            raise ValueRefusedError("a truth value that is neither 0 nor 1")
        return array

    def _strings(self, count, memory):
        lengths = np.frombuffer(memory[: 4 * count], dtype="<u4").astype("int64")
        missing = lengths == MISSING
        if missing.any() and not self._allow_nan:
            raise NotFiniteError(f"{int(missing.sum())} of {count} strings are missing")
        lengths[missing] = 0
        raw = bytes(memory[4 * count :])
        if int(lengths.sum()) != len(raw):
            raise ValueRefusedError("strings whose lengths contradict their bytes")
        ends = np.cumsum(lengths).tolist()
        starts = [0, *ends][:-1]
        text = raw.decode("utf-8", errors="strict")
        if len(text) == len(raw):
            items = [text[start:end] for start, end in zip(starts, ends, strict=True)]
        else:
            items = [raw[start:end].decode() for start, end in zip(starts, ends, strict=True)]
        for index in np.flatnonzero(missing).tolist():
            items[index] = None
        result = np.empty(count, dtype=object)
        result[:] = items
        return result

    def _column(self, index, rows=None):
        column = self._buffer(index)
        if not isinstance(column, np.ndarray) or column.ndim != 1:
            raise ValueRefusedError("a column that is no array of one axis")
        if rows is not None and len(column) != rows:
            raise ValueRefusedError(f"a column of {len(column)} rows in a table of {rows}")
        return column

    def _series(self, inner):
        name, index = inner["column"]
        column = self._column(index)
        return pd.Series(column, name=name, index=self._index(inner["index"], len(column)))

    def _index(self, pair, rows):
        if pair is None:
            return pd.RangeIndex(rows)
        name, index = pair
        return pd.Index(self._column(index, rows), name=name)

    def _table(self, inner):
        rows = inner["rows"]
        names = [name for name, _ in inner["columns"]]
        if len(names) > MAX_COLUMNS or len(set(names)) != len(names):
            raise ValueRefusedError("a table with too many columns, or one of them twice")
        if not all(isinstance(name, str) for name in names):
            raise ValueRefusedError("a table with a column whose name is no text")
        if type(rows) is not int or not 0 <= rows <= MAX_ROWS:
            raise ValueRefusedError(f"a table of {rows!r} rows")
        columns = {name: self._column(index, rows) for name, index in inner["columns"]}
        return pd.DataFrame(columns, index=self._index(inner["index"], rows), columns=names)


def _list(items):
    if isinstance(items, list):
        return items
    raise ValueRefusedError("a list that is none")
