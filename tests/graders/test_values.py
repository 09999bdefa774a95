"""Values that cross between hidden tests and functions: what comes back, and what is refused."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from inside_modules import load

from graders import calls
from sandbox.strict_json import StrictJsonError, loads_object

if TYPE_CHECKING:
    from collections.abc import Callable

values: Any = load("graders/inside", "values")

WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=10)
SCALARS = (
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats() | WORDS | st.binary()
)
KEYS = WORDS | st.integers(-(2**63), 2**63 - 1) | st.tuples(WORDS, st.booleans())
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(KEYS, inner, max_size=4)
        | st.dictionaries(st.sampled_from(["$buffer", "$dict", "a"]), inner, max_size=3)
    ),
    max_leaves=12,
)


def crossed(value: Any, *, allow_nan: bool = True) -> Any:
    head, body = values.pack({"id": 1}, ok=value)
    return values.unpack(loads_object(head), body, "ok", allow_nan=allow_nan)


def column(series: Any) -> pd.Series[Any]:
    found: pd.Series[Any] = crossed(pd.DataFrame({"c": series}))["c"]
    return found


def alike(found: Any, sent: Any) -> bool:
    """Whether two values are equal, types and NaN included."""
    if type(found) is not type(sent):
        return False
    if isinstance(sent, float):
        return math.isnan(sent) == math.isnan(found) and repr(sent) == repr(found)
    if isinstance(sent, list | tuple):
        return len(found) == len(sent) and all(map(alike, found, sent))
    if isinstance(sent, dict):
        return alike(list(found), list(sent)) and alike(list(found.values()), list(sent.values()))
    return bool(found == sent)


@given(VALUES)
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_plain_values_come_back_with_their_types(value: object) -> None:
    assert alike(crossed(value), value)


@pytest.mark.parametrize("dtype", values.ITEM_BYTES)
@pytest.mark.parametrize("shape", [(), (0,), (5,), (2, 3), (2, 0, 3), (1, 2, 2, 1)])
def test_arrays_of_every_dtype_come_back(dtype: str, shape: tuple[int, ...]) -> None:
    raw = np.random.default_rng(7).integers(0, 2, math.prod(shape)).reshape(shape)
    sent = raw.astype(dtype)
    found = crossed(sent)
    assert (found.dtype, found.shape) == (sent.dtype, sent.shape)
    assert np.array_equal(found, sent)
    assert found.flags.writeable


@given(st.lists(st.integers(-(2**63) + 1, 2**63 - 1) | st.none(), max_size=20))
def test_times_come_back_to_the_nanosecond(moments: list[int | None]) -> None:
    sent = np.array(["NaT" if one is None else one for one in moments], dtype="M8[ns]")
    assert np.array_equal(crossed(sent), sent, equal_nan=True)


@given(st.lists(st.floats(width=32) | st.just(math.nan), max_size=20), st.booleans())
def test_floats_come_back_bit_by_bit(numbers: list[float], single: bool) -> None:
    sent = np.array(numbers, dtype="<f4" if single else "<f8")
    assert crossed(sent).tobytes() == sent.tobytes()


@given(st.lists(st.one_of(WORDS, st.none()), max_size=20))
def test_strings_come_back_missing_ones_included(words: list[str | None]) -> None:
    for sent in (np.array([*words, None], dtype=object)[:-1], pd.Series(words, dtype=object)):
        found = crossed(sent)
        assert [None if pd.isna(one) else one for one in found] == words
    assert crossed(pd.Series(words, dtype="string")).isna().tolist() == [w is None for w in words]


@pytest.mark.parametrize(
    "index",
    [
        pd.RangeIndex(3),
        pd.RangeIndex(5, 11, 2),
        pd.RangeIndex(3, name="row"),
        pd.Index(["x", "ä", "x"]),
        pd.Index([2.5, 1.0, -1.0], name="at"),
        pd.Index([True, False, True]),
        pd.date_range("2026-01-01", periods=3, name="day"),
    ],
)
def test_tables_and_series_keep_their_index(index: Any) -> None:
    sent = pd.DataFrame({"b": [1, 2, 3], "a": ["x", "", "ü"]}, index=index)
    found = crossed(sent)
    pd.testing.assert_frame_equal(found, sent, check_index_type=False, check_freq=False)
    pd.testing.assert_series_equal(
        crossed(sent["b"]), sent["b"], check_index_type=False, check_freq=False
    )


@pytest.mark.parametrize("rows", [0, 1, 3])
def test_tables_of_any_length_come_back(rows: int) -> None:
    sent = pd.DataFrame(
        {"n": range(rows), "s": ["x"] * rows, "t": pd.date_range("2026-01-01", periods=rows)}
    )
    found = crossed(sent)
    assert list(found.columns) == ["n", "s", "t"]
    assert len(found) == rows
    assert found["s"].tolist() == ["x"] * rows
    assert len(crossed(sent[[]])) == rows


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (pd.Series(["x", None, "x"]).astype("category"), ["x", None, "x"]),
        (pd.Series([3, 1, 3]).astype("category"), [3, 1, 3]),
        (pd.Series([3, None, 3], dtype="Int64").astype("category"), [3.0, None, 3.0]),
        (pd.Series([1, 2, 2**62], dtype="Int64"), [1, 2, 2**62]),
        (pd.Series([1, None], dtype="Int32"), [1.0, None]),
        (pd.Series([True, False], dtype="boolean"), [True, False]),
        (pd.Series([True, None], dtype="boolean"), [1.0, None]),
        (pd.Series([1.5, None], dtype="Float64"), [1.5, None]),
        (pd.Series(pd.arrays.SparseArray([0, 5, 0])), [0, 5, 0]),
    ],
)
def test_pandas_own_types_come_as_what_they_stand_for(sent: Any, expected: list[Any]) -> None:
    found = column(sent)
    assert [None if pd.isna(one) else one for one in found.tolist()] == expected


def test_times_with_a_zone_come_as_utc() -> None:
    berlin = pd.Series(pd.date_range("2026-07-01", periods=2, tz="Europe/Berlin"))
    expected = pd.Series(pd.to_datetime(["2026-06-30 22:00", "2026-07-01 22:00"]))
    assert column(berlin).tolist() == expected.tolist()


@pytest.mark.parametrize(
    ("scalar", "expected"),
    [
        (np.int64(-3), -3), (np.uint8(200), 200), (np.bool_(True), True), (np.float32(0.5), 0.5),
        (np.float16(2), 2.0), (np.str_("word"), "word"),
    ],
)  # fmt: skip
def test_numpy_scalars_come_as_pythons(scalar: Any, expected: object) -> None:
    assert alike(crossed(scalar), expected)


class Number(int):
    pass


class Table(pd.DataFrame):
    pass


def _itself() -> list[Any]:
    result: list[Any] = []
    result.append(result)
    return result


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (2**63, "64 bits"),
        (10**100_000, "332193 bits"),
        (np.uint64(2**63), "64 bits"),
        ("\ud800", "surrogate"),
        ({"\udfff": 1}, "surrogate"),
        (["a", {"b": "\ud800"}], "surrogate"),
        (Number(3), "type Number"),
        (Table({"a": [1]}), "type Table"),
        ({1, 2}, "type set"),
        (object(), "type object"),
        (np.longdouble(1), "type longdouble"),
        (np.ma.array([1], mask=[True]), "type MaskedArray"),
        (_itself(), "nested too deep"),
        (np.zeros(2, dtype=complex), "complex128"),
        (np.zeros(2, dtype=">i4"), ">i4"),
        (np.array([object()]), "holds a object among strings"),
        (np.array([["a"]]), "more than one axis"),
        (np.array(["2026"], dtype="m8[s]"), "timedelta64"),
        (np.array(["9999-12-31"], dtype="M8[D]"), "nanoseconds"),
        (pd.Series(["1500-01-01"], dtype="M8[s]"), "nanoseconds"),
        (pd.Series([2**53 + 1, None], dtype="Int64"), "beyond 53 bits"),
        (pd.Series(["a", 1], dtype=object), "holds a int among strings"),
        (pd.DataFrame({"a": ["x", b"y"]}), "column 'a' holds a bytes among strings"),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), "each of them once"),
        (pd.DataFrame([[1]]), "need names"),
        (pd.DataFrame({"a": [1]}, index=pd.MultiIndex.from_tuples([(1, 2)])), "several levels"),
        (pd.DataFrame(index=range(values.MAX_ROWS + 1)), "rows"),
        (pd.DataFrame([range(1001)], columns=list(map(str, range(1001)))), "1000 columns"),
        ("x" * (64 << 20) + "x", "characters"),
        ("x" * (1 << 20), "bytes of JSON"),
        (np.zeros((64 << 20) + 1, dtype="u1"), "bytes of arrays"),
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) < 40 else "",
)
def test_refused_with_the_reason(value: object, words: str) -> None:
    with pytest.raises(values.ValueRefusedError, match=words):
        values.pack({"id": 1}, ok=value)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (math.nan, "nan"),
        ([1, {"a": -math.inf}], "-inf"),
        (np.array([1.0, math.nan, math.inf]), "2 of 3 numbers"),
        (np.array(["NaT"], dtype="M8[ns]"), "1 of 1 numbers"),
        (pd.DataFrame({"a": ["x", None]}), "1 of 2 strings"),
    ],
)
def test_what_is_not_finite_comes_only_where_it_may(value: object, words: str) -> None:
    with pytest.raises(values.NotFiniteError, match=words):
        crossed(value, allow_nan=False)
    crossed(value, allow_nan=True)


def forged(ok: object, *specs: tuple[str, list[int], bytes]) -> Callable[[], Any]:
    body = b"".join(raw for *_, raw in specs)
    head = {
        "ok": ok,
        "buffers": [{"dtype": d, "shape": shape, "bytes": len(raw)} for d, shape, raw in specs],
    }
    return lambda: values.unpack(loads_object(json.dumps(head).encode()), body, "ok")


BYTE = ("|u1", [1], b"1")
PAIR = ("<i8", [2], b"x" * 16)
SQUARE = ("<i8", [1, 1], b"x" * 8)


@pytest.mark.parametrize(
    "unpack",
    [
        forged({"$buffer": 0}),
        forged({"$buffer": -1}, BYTE),
        forged({"$buffer": True}, BYTE),
        forged({"$buffer": 0}, ("<i8", [3], b"x" * 16)),
        forged({"$buffer": 0}, ("<i8", [-1, -2], b"x" * 16)),
        forged({"$buffer": 0}, ("|O", [2], b"x" * 16)),
        forged({"$buffer": 0}, ("<i8", [1] * 9, b"x" * 8)),
        forged({"$buffer": 0}, ("<i8", [0, *[2**40] * 6], b"")),
        forged({"$buffer": 0}, ("|b1", [1], b"\x02")),
        forged({"$buffer": 0}, ("bytes", [5], b"four")),
        forged({"$buffer": 0}, ("text", [2], b"\x00\x00\x00\x00")),
        forged({"$buffer": 0}, ("text", [1], b"\x05\x00\x00\x00abc")),
        forged({"$buffer": 0}, ("text", [1], b"\x01\x00\x00\x00\xff")),
        forged({"$buffer": 0}, ("text", [2], b"\x01\x00\x00\x00\x01\x00\x00\x00\xc3\xa9")),
        forged({"$buffer": 0, "a": 1}, BYTE),
        forged({"$unknown": 0}),
        forged({"$float": "1e999"}),
        forged({"$float": ["nan"]}),
        forged({"$tuple": "ab"}),
        forged({"$dict": {"ab": 1}}),
        forged({"$dict": [["a", 1], ["a", 2]]}),
        forged({"$dict": [[["a"], 1]]}),
        forged({"$dict": [["a"]]}),
        forged({"$series": ["a", 0]}, BYTE),
        forged({"$series": {"column": [["a"], 0], "index": None}}, BYTE),
        forged({"$series": {"column": ["a", 0], "index": [None, 1]}}, BYTE, PAIR),
        forged({"$table": {"columns": [["a", 0], ["a", 0]], "rows": 1, "index": None}}, BYTE),
        forged({"$table": {"columns": [["a", 0]], "rows": 2, "index": None}}, BYTE),
        forged({"$table": {"columns": [[1, 0]], "rows": 1, "index": None}}, BYTE),
        forged({"$table": {"columns": [["a", 0]], "rows": 1, "index": [None, 1]}}, BYTE, PAIR),
        forged({"$table": {"columns": [], "rows": 10**12, "index": None}}),
        forged({"$table": {"columns": [], "rows": -1, "index": None}}),
        forged({"$table": {"columns": [["a", 0]], "rows": 1}}, BYTE),
        forged({"$table": {"columns": [["a", 0]], "rows": 1, "index": None}}, SQUARE),
    ],
)  # fmt: skip
def test_a_message_that_contradicts_itself_is_refused(unpack: Callable[[], Any]) -> None:
    with pytest.raises(values.ValueRefusedError):
        unpack()


TAGS = st.sampled_from(["$buffer", "$table", "$series", "$float", "$dict", "$tuple", "$", "a"])
INNER = st.sampled_from(["columns", "column", "rows", "index", "a"])
HEADS = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 3) | WORDS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(TAGS, inner, max_size=2)
        | st.dictionaries(INNER, inner, max_size=4)
    ),
    max_leaves=15,
)


@given(HEADS)
@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow])
def test_no_head_raises_anything_else(ok: object) -> None:
    text = ("text", [2], b"\x01\x00\x00\x00\x00\x00\x00\x00x")
    try:
        forged(ok, BYTE, PAIR, text, ("bytes", [2], b"ab"))()
    except (values.ValueRefusedError, StrictJsonError):
        pass


def test_both_sides_know_the_same_dtypes() -> None:
    assert calls.ITEM_BYTES == values.ITEM_BYTES
    schema = calls.Buffer.model_json_schema()["properties"]["dtype"]["enum"]
    assert set(schema) == {*values.ITEM_BYTES, "text", "bytes"}
    for dtype, size in values.ITEM_BYTES.items():
        assert np.dtype(dtype).itemsize == size


@given(VALUES)
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_the_host_takes_every_answer_that_is_honest(value: object) -> None:
    head, body = values.pack({"id": 1}, ok=value)
    answer = calls.Answer.validate_python(loads_object(head))
    assert all(buffer.fits for buffer in answer.buffers)
    assert sum(buffer.bytes for buffer in answer.buffers) == len(body)
