"""Sizes in bytes, as authors write them: ``268435456`` or ``"256 MiB"``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from pydantic_core import core_schema

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler

KIB: Final = 1 << 10
MIB: Final = 1 << 20
GIB: Final = 1 << 30

_UNITS: Final = {"GiB": GIB, "MiB": MIB, "KiB": KIB, "B": 1}
_SIZE: Final = re.compile(r"([0-9]{1,18})(?:\.([0-9]{1,6}))? ?([A-Za-z]+)")


def parse_size(value: object) -> int:
    """Return the bytes that a whole number or a string such as ``"1.5 GiB"`` stands for.

    Raises:
        ValueError: If it is neither, has another unit, or is no whole number of bytes.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    match = _SIZE.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise ValueError(f'must be a number of bytes or a string such as "256 MiB", not {value!r}')
    whole, fraction, unit = match[1], match[2] or "", match[3]
    if unit not in _UNITS:
        raise ValueError(f"has the unknown unit {unit!r}; use B, KiB, MiB or GiB")
    size, rest = divmod(int(whole + fraction) * _UNITS[unit], int(f"1{'0' * len(fraction)}"))
    if rest:
        raise ValueError(f"{value!r} is no whole number of bytes")
    return size


def format_size(size: int) -> str:
    """Return a size in the largest unit in which it is short, such as ``1.5 GiB``."""
    for unit, factor in _UNITS.items():
        if size >= factor:
            whole, hundredths = divmod((size * 200 + factor) // (factor * 2), 100)
            return f"{whole}.{hundredths:02d}".rstrip("0").rstrip(".") + f" {unit}"
    return f"{size} B"


@dataclass(frozen=True, slots=True)
class SizeBetween:
    """Annotation of an ``int`` field that takes sizes from ``least`` to ``most`` bytes."""

    least: int
    most: int

    def check(self, value: object) -> int:
        """Return the size in bytes.

        Raises:
            ValueError: If it is no size, or out of bounds.
        """
        size = parse_size(value)
        if not self.least <= size <= self.most:
            bounds = f"{format_size(self.least)} and {format_size(self.most)}"
            raise ValueError(f"must be between {bounds}, not {format_size(size)}")
        return size

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(self.check)

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {
            "anyOf": [
                {"type": "integer", "minimum": self.least, "maximum": self.most},
                {"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)? ?(B|KiB|MiB|GiB)$"},
            ]
        }
