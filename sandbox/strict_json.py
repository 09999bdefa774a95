"""Decode JSON from an untrusted side: nothing that another reader could understand differently.

Refused: anything but UTF-8, NaN and infinities (also as ``1e999``), duplicate keys, lone
surrogates, nesting beyond a bound, integers beyond 64 bits. Standard library only: the grade
container uses this very file.
"""

from __future__ import annotations

import json
import math
import re

MAX_DEPTH = 64
_MAX_DIGITS = 19
# Possessive, so that nothing is kept to go back to; and a string that does not end is taken to the
# end, so that its quotes are not tried one after the other.
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
_BRACKET = re.compile(rb"[\[\]{}]")
_SURROGATE = re.compile("[\ud800-\udfff]")


class StrictJsonError(ValueError):
    """The bytes are not JSON that every reader understands alike."""


def loads(raw: bytes, *, max_depth: int = MAX_DEPTH) -> object:
    """Decode ``raw``.

    Raises:
        StrictJsonError: with one sentence that says what is wrong.
    """
    _check_depth(raw, max_depth)
    try:
        text = raw.decode("utf-8", errors="strict")
        value: object = json.loads(
            text,
            parse_constant=_refuse_constant,
            parse_float=_finite_float,
            parse_int=_bounded_int,
            object_pairs_hook=_unique_keys,
        )
    except UnicodeDecodeError as error:
        raise StrictJsonError(f"not UTF-8 at byte {error.start}") from error
    except (json.JSONDecodeError, RecursionError) as error:
        raise StrictJsonError(f"not JSON: {error}") from error
    # A lone surrogate can only come from an escape: plain UTF-8 cannot carry one.
    if b"\\u" in raw:
        _refuse_surrogates(value)
    return value


def loads_object(raw: bytes, *, max_depth: int = MAX_DEPTH) -> dict[str, object]:
    """Decode ``raw``, which must be one JSON object."""
    value = loads(raw, max_depth=max_depth)
    if not isinstance(value, dict):
        raise StrictJsonError("not a JSON object")
    return value


def _check_depth(raw: bytes, max_depth: int) -> None:
    depth = 0
    for bracket in _BRACKET.finditer(_STRING.sub(b"", raw)):
        depth += 1 if bracket.group() in b"[{" else -1
        if depth > max_depth:
            raise StrictJsonError(f"nested deeper than {max_depth}")


def _refuse_constant(word: str) -> object:
    raise StrictJsonError(f"{word} is not JSON")


def _finite_float(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise StrictJsonError(f"{digits[:20]} is not a finite number")
    return value


def _bounded_int(digits: str) -> int:
    if len(digits.lstrip("-")) > _MAX_DIGITS or not -(2**63) <= int(digits) < 2**63:
        raise StrictJsonError(f"an integer of {len(digits)} digits is beyond 64 bits")
    return int(digits)


def _unique_keys(pairs: list[tuple[str, object]]) -> dict[str, object]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise StrictJsonError("an object has a key twice")
    return result


def _refuse_surrogates(value: object) -> None:
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            if _SURROGATE.search(item):
                raise StrictJsonError("a string holds half a surrogate pair")
        elif isinstance(item, dict):
            stack.extend(item.keys())
            stack.extend(item.values())
        elif isinstance(item, list):
            stack.extend(item)
