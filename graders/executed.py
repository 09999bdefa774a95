"""Read what the notebook's executor wrote in the candidate's container.

The kernel runs there, too, and may have written it instead: each cell must be the next one of the
rebuilt notebook, so that nothing is told twice, and all of it in the executor's own form.
"""

from __future__ import annotations

import base64
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from graders.evidence import CellFacts
from sandbox.strict_json import StrictJsonError, loads_object

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_TEXT_CHARS: Final = 20_000
"""Of one cell's output; told to the executor."""
MAX_PICTURES: Final = 20
"""Of one cell; equal to the executor's, by test."""
_MAX_ERROR_CHARS: Final = 2000
_KEYS: Final = {"index", "text", "png", "error", "seconds"}
_STOPS: Final = ("", "output_limit", "kernel_died")


class ExecutedRefusedError(Exception):
    """It is not what the executor writes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Executed:
    """The cells that ran, and what stopped the notebook, if anything did."""

    cells: tuple[CellFacts, ...]
    stopped: Literal["", "output_limit", "kernel_died"]


def read_executed(raw: bytes, code: Sequence[tuple[int, str]]) -> Executed:
    """Return what ``raw`` claims about the code cells (index, source) of the rebuilt notebook.

    Raises:
        ExecutedRefusedError: anything is not as the executor writes it.
    """
    try:
        executed = loads_object(raw)
    except StrictJsonError as error:
        raise ExecutedRefusedError(str(error)) from error
    cells, stopped = executed.get("cells"), executed.get("stopped")
    if not isinstance(cells, list) or len(cells) > len(code) or stopped not in _STOPS:
        raise ExecutedRefusedError("not the cells of this notebook")
    return Executed(cells=tuple(map(_cell, code, cells)), stopped=stopped)


def _cell(known: tuple[int, str], raw: object) -> CellFacts:
    index, source = known
    if not isinstance(raw, dict) or raw.keys() != _KEYS or raw["index"] != index:
        raise ExecutedRefusedError(f"cell {index} is not the next cell")
    return CellFacts(
        index=index,
        source=source,
        text=_text(raw["text"])[:MAX_TEXT_CHARS],
        png=_pictures(raw["png"]),
        error=None if raw["error"] is None else _text(raw["error"])[:_MAX_ERROR_CHARS],
        seconds=_seconds(raw["seconds"]),
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ExecutedRefusedError("a text is none")
    return value


def _pictures(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or len(value) > MAX_PICTURES:
        raise ExecutedRefusedError("no list of pictures")
    pictures = tuple(map(_text, value))
    try:
        for picture in pictures:
            base64.b64decode(picture, validate=True)
    except ValueError as error:
        raise ExecutedRefusedError("a picture is not base64") from error
    return pictures


def _seconds(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < math.inf:
        raise ExecutedRefusedError("no seconds")
    return float(value)
