"""Strict JSON: what two readers could understand differently is refused."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.strict_json import StrictJsonError, loads, loads_object

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(
        st.characters(exclude_categories=["Cs"])), inner, max_size=5),
    max_leaves=20,
)  # fmt: skip


@given(VALUES, st.booleans())
def test_ordinary_values_come_back(value: object, ascii_only: bool) -> None:
    assert loads(json.dumps(value, ensure_ascii=ascii_only).encode()) == value


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_else(raw: bytes) -> None:
    try:
        loads(raw)
    except StrictJsonError:
        pass


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"NaN", "NaN"),
        (b"[Infinity]", "Infinity"),
        (b"-Infinity", "Infinity"),
        (b"1e999", "finite"),
        (b"-1e400", "finite"),
        (b'{"a": 1, "a": 2}', "twice"),
        (b'{"a": {"b": 1, "b": 1}}', "twice"),
        (b'"\\ud800"', "surrogate"),
        (b'{"\\udfff": 1}', "surrogate"),
        (b"9223372036854775808", "64 bits"),
        (b"1" * 5000, "64 bits"),
        (b"\xff", "UTF-8"),
        (b'"\xed\xa0\x80"', "UTF-8"),
        (b"", "not JSON"),
        (b"{}{}", "not JSON"),
        (b"{'a': 1}", "not JSON"),
        (b"[1,]", "not JSON"),
        (b'"\x01"', "not JSON"),
        (b"[" * 65 + b"]" * 65, "deeper"),
        (b"[" * 100_000, "deeper"),
        (b'{"a":' * 100_000, "deeper"),
    ],
)
def test_refused_with_the_reason(raw: bytes, words: str) -> None:
    with pytest.raises(StrictJsonError, match=words):
        loads(raw)


def test_brackets_in_strings_are_no_depth() -> None:
    assert loads(json.dumps("[" * 1000 + '\\"').encode()) == "[" * 1000 + '\\"'


def test_a_pair_of_surrogates_is_a_character() -> None:
    assert loads(b'"\\ud83d\\ude00"') == "\N{GRINNING FACE}"


def test_the_limit_of_depth_is_exact() -> None:
    assert loads(b"[" * 64 + b"]" * 64)
    assert loads_object(b"{}") == {}
    with pytest.raises(StrictJsonError, match="object"):
        loads_object(b"[]")


@pytest.mark.parametrize(
    "raw",
    [b'{"a":' + b'\\"' * 500_000, b'"' * 1_000_001, b'["' + b"\\" * 1_000_001, b'"\\' * 300_000],
    ids=["escaped quotes", "quotes", "backslashes", "quotes and backslashes"],
)
def test_time_grows_with_the_bytes_and_no_faster(raw: bytes) -> None:
    started = time.process_time()
    with pytest.raises(StrictJsonError):
        loads(raw)
    assert time.process_time() - started < 10
