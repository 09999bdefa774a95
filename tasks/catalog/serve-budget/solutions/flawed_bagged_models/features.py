"""Turns rows into the matrix the model was fitted on; used by training and serving alike."""

from collections.abc import Iterable, Mapping

import numpy as np


def encode(rows: Iterable[Mapping[str, object]], features: list[dict]) -> np.ndarray:
    """Return one line per row: numbers as they are, levels as their index, gaps as NaN."""
    readers = [(feature["name"], _codes(feature)) for feature in features]
    cells = [
        [_cell(row[name], codes) for name, codes in readers]
        for row in rows
    ]
    return np.array(cells, dtype=float)


def _codes(feature: dict) -> dict[str, int] | None:
    if feature["type"] != "category":
        return None
    return {level: code for code, level in enumerate(feature["levels"])}


def _cell(value: object, codes: dict[str, int] | None) -> float:
    if value is None:
        return np.nan
    return value if codes is None else codes[value]
