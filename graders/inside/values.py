"""Values that cross between hidden tests and the candidate's code: strict JSON and raw buffers.

A message is a frame: a JSON head and a body that holds the buffers one after the other. A value in
the head is JSON, but for objects with one key that begins with ``$``:

* ``{"$buffer": i}``: buffer ``i`` of the head's ``buffers``, an array or bytes;
* ``{"$table": {"columns": [[name, i], ...], "rows": n, "index": [name, i] | null}}``;
* ``{"$series": [name, i]}``; ``{"$tuple": [...]}``; ``{"$float": "nan" | "inf" | "-inf"}``;
* ``{"$dict": [[key, value], ...]}``: a dictionary that plain JSON cannot hold.

A buffer is described by ``{"dtype", "shape", "bytes"}``. Its dtype is one of :data:`ITEM_BYTES`,
``bytes``, or ``text``: for each string an unsigned 32-bit length (:data:`MISSING` for a missing
one), then all strings in UTF-8. Nothing else crosses: no pickle, no object, no reference.

Runs in the grade container, and beside the candidate's code. Needs numpy and pandas.
"""

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
            f"{len(raw)} bytes of JSON; {MAX_HEAD_BYTES} may be, arrays and tables apart"
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
        pairs = [[self.plain(k, 1), self.plain(item, depth - 1)] for k, item in value.items()]
        return {"$dict": pairs}

    def _with_buffers(self, value, kind, depth):
        if kind is bytes:
            return {"$buffer": self._add("bytes", (len(value),), value)}
        if kind is np.ndarray:
            return {"$buffer": self._array(value)}
        if kind is pd.Series:
            return {"$series": [self._name(value.name), self._column(value, "the series")]}
        if kind is pd.DataFrame:
            return {"$table": self._table(value)}
        if isinstance(value, np.generic) and value.dtype.kind in "biuf":
            return self.plain(value.item(), depth)
        raise ValueRefusedError(f"a value of type {kind.__name__} cannot be handed over")

    def _table(self, frame):
        names = list(frame.columns)
        if len(names) > MAX_COLUMNS:
            raise ValueRefusedError(f"a table of more than {MAX_COLUMNS} columns")
        if any(type(name) is not str for name in names) or len(set(names)) != len(names):
            raise ValueRefusedError("a table's columns need names, each of them once")
        columns = [[_text(name), self._column(frame[name], f"column {name!r}")] for name in names]
        index = frame.index
        plain = type(index) is pd.RangeIndex and (index.start, index.step) == (0, 1)
        kept = None if plain and index.name is None else self._index(index)
        return {"columns": columns, "rows": len(frame), "index": kept}

    def _index(self, index):
        if isinstance(index, pd.MultiIndex):
            raise ValueRefusedError("an index of several levels; use reset_index()")
        return [self._name(index.name), self._column(index.to_series(), "the index")]

    def _name(self, name):
        return None if name is None else _text(str(name))

    def _column(self, series, what):
        dtype = series.dtype
        if isinstance(dtype, pd.DatetimeTZDtype):
            series = series.dt.tz_convert("UTC").dt.tz_localize(None)
        elif isinstance(dtype, pd.CategoricalDtype):
            series = series.astype(object)
        elif not isinstance(dtype, np.dtype) and pd.api.types.is_numeric_dtype(dtype):
            missing = bool(series.isna().any())
            series = series.astype("float64" if missing else dtype.numpy_dtype)
        if series.dtype.kind == "O" or pd.api.types.is_string_dtype(series.dtype):
            return self._strings(series, what)
        return self._array(series.to_numpy())

    def _array(self, array):
        if array.dtype.kind in "OUT":
            if array.ndim != 1:
                raise ValueRefusedError("an array of strings with more than one axis")
            return self._strings(pd.Series(array, dtype=object), "the array")
        if array.dtype.kind == "M":
            array = array.astype("M8[ns]")
        if not array.dtype.isnative or array.dtype.str not in ITEM_BYTES:
            raise ValueRefusedError(f"an array of type {array.dtype} cannot be handed over")
        shape = tuple(map(int, array.shape))
        return self._add(array.dtype.str, shape, np.ascontiguousarray(array).tobytes())

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


def _text(value):
    if len(value) > MAX_BODY_BYTES:
        raise ValueRefusedError(f"a string of {len(value)} characters")
    if not value.isascii():
        try:
            value.encode()
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
        self._buffers, self._allow_nan = buffers, allow_nan

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
            return _TAGS[key](self, inner)
        except (KeyError, TypeError, ValueError, IndexError) as error:
            if isinstance(error, ValueRefusedError):
                raise
            raise ValueRefusedError(f"a malformed {key[:20]}: {error}") from None

    def float_of(self, word):
        if word not in ("nan", "inf", "-inf"):
            raise ValueRefusedError(f"{word!r} is no number")
        if not self._allow_nan:
            raise NotFiniteError(f"{word} where a finite number is due")
        return float(word)

    def dict_of(self, pairs):
        found = {}
        for key, item in pairs:
            found[self.value(key)] = self.value(item)
        if len(found) != len(pairs):
            raise ValueRefusedError("a dictionary has a key twice")
        return found

    def buffer(self, index):
        if type(index) is not int or index < 0:
            raise ValueRefusedError(f"no buffer {index!r}")
        dtype, shape, memory = self._buffers[index]
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
        column = self.buffer(index)
        if not isinstance(column, np.ndarray) or column.ndim != 1:
            raise ValueRefusedError("a column that is no array of one axis")
        if rows is not None and len(column) != rows:
            raise ValueRefusedError(f"a column of {len(column)} rows in a table of {rows}")
        return column

    def series(self, pair):
        name, index = pair
        return pd.Series(self._column(index), name=name)

    def table(self, inner):
        rows = inner["rows"]
        names = [name for name, _ in inner["columns"]]
        if len(names) > MAX_COLUMNS or len(set(names)) != len(names):
            raise ValueRefusedError("a table with too many columns, or one of them twice")
        if any(not isinstance(name, str) for name in names) or type(rows) is not int or rows < 0:
            raise ValueRefusedError("a table with a column or a length that is none")
        columns = {name: self._column(index, rows) for name, index in inner["columns"]}
        if inner["index"] is None:
            return pd.DataFrame(columns, index=pd.RangeIndex(rows), columns=names)
        name, index = inner["index"]
        labels = pd.Index(self._column(index, rows), name=name)
        return pd.DataFrame(columns, columns=names).set_axis(labels)


_TAGS = {
    "$buffer": _In.buffer,
    "$series": _In.series,
    "$table": _In.table,
    "$float": _In.float_of,
    "$dict": _In.dict_of,
    "$tuple": lambda reader, items: tuple(reader.value(item) for item in items),
}
