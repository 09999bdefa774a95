"""The schema applied to cells of the history (text) and to rows of a request (JSON values).

Both become the same row of floats: a number as it is, a category as its position in `levels`, a gap as NaN.
"""

import math
import re

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
GAP = math.nan


class InvalidRow(ValueError):
    """A row of a request does not satisfy the schema."""


class RowEncoder:
    """Validates rows of a request without mercy and encodes them."""

    def __init__(self, features: list[dict]) -> None:
        self.names = {feature["name"] for feature in features}
        self.columns = [
            (
                feature["name"],
                feature["type"],
                feature["nullable"],
                {level: float(code) for code, level in enumerate(feature.get("levels", []))},
            )
            for feature in features
        ]

    def encode(self, row: object) -> list[float]:
        if not isinstance(row, dict):
            raise InvalidRow("a row must be an object")
        if row.keys() != self.names:
            raise InvalidRow("a row must have every feature of the schema and nothing else")
        return [self._cell(row[name], name, kind, nullable, codes) for name, kind, nullable, codes in self.columns]

    @staticmethod
    def _cell(value: object, name: str, kind: str, nullable: bool, codes: dict[str, float]) -> float:
        if value is None:
            if nullable:
                return GAP
            raise InvalidRow(f"{name} must not be null")
        if kind == "category":
            if isinstance(value, str) and value in codes:
                return codes[value]
            raise InvalidRow(f"{name} must be one of the levels of the schema")
        # `type(...)`, as a bool is an int to isinstance.
        if type(value) is int or (type(value) is float and kind == "number"):
            try:
                number = float(value)
            except OverflowError:
                number = math.inf
            if math.isfinite(number):
                return number
            raise InvalidRow(f"{name} must be finite")
        raise InvalidRow(f"{name} must be {'a number' if kind == 'number' else 'an integer'}")


def read_cell(text: str, feature: dict) -> tuple[float, str | None]:
    """Return the value of a cell of the history, and what is wrong with it or None.

    Of the wrong cells only the misspelt levels can be repaired; the others become gaps.
    """
    if text == "":
        return GAP, None if feature["nullable"] else "empty though not nullable"
    if feature["type"] == "category":
        levels = feature["levels"]
        if text in levels:
            return float(levels.index(text)), None
        alike = [code for code, level in enumerate(levels) if _plain(level) == _plain(text)]
        if len(alike) == 1:
            return float(alike[0]), "level in another spelling"
        return GAP, "unknown level"
    if not NUMBER.fullmatch(text) or not math.isfinite(float(text)):
        return GAP, "not a finite number"
    if feature["type"] == "integer" and not float(text).is_integer():
        return GAP, "not a whole number"
    return float(text), None


def _plain(level: str) -> str:
    return level.strip().casefold()
