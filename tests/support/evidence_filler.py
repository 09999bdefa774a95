"""Evidence with one text in every place that can hold a text, built from the model's types.

A field that is added to the model is filled by itself. Nothing here knows a field's name.
"""

from __future__ import annotations

import enum
import types
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel

from graders.evidence import Evidence, State

Part = TypeVar("Part", bound=BaseModel)


def fill(text: str, *, state: State = State.GRADED) -> Evidence:
    """Return evidence in which every string is ``text``.

    A tuple of parts has as many items as its part has words to choose from, so that every enum
    member occurs; from the second item on a number follows the text, the same number in parts that
    refer to one another.
    """
    return _part(Evidence, text, 0).model_copy(update={"state": state})


def texts_of(value: Any) -> list[str]:
    """Return every string of evidence: values and keys, without the words of closed sets."""
    match value:
        case BaseModel():
            chosen = _closed(type(value))
            return [
                text
                for name in type(value).model_fields
                if name not in chosen
                for text in texts_of(getattr(value, name))
            ]
        case enum.Enum():
            return []
        case str():
            return [value]
        case tuple() | list():
            return [text for item in value for text in texts_of(item)]
        case dict():
            return [text for item in value.items() for text in texts_of(item)]
        case _:
            return []


def _part(kind: type[Part], text: str, number: int) -> Part:
    fields = kind.model_fields.items()
    return kind.model_validate(
        {name: _value(field.annotation, text, number) for name, field in fields}
    )


def _value(kind: Any, text: str, number: int) -> Any:
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return _value(arguments[0], text, number)
    if origin in (Union, types.UnionType):
        inner = [one for one in arguments if one is not type(None)]
        return None if number % 4 == 3 else _value(inner[0], text, number)
    if origin is Literal:
        return arguments[number % len(arguments)]
    if origin is tuple:
        return [_value(arguments[0], text, place) for place in range(_variety(arguments[0]))]
    if origin is dict:
        return {_value(arguments[0], text, number): _value(arguments[1], text, number)}
    return _plain(kind, text, number)


def _plain(kind: Any, text: str, number: int) -> Any:
    if issubclass(kind, BaseModel):
        return _part(kind, text, number)
    if issubclass(kind, enum.Enum):
        members = list(kind)
        return members[number % len(members)]
    if issubclass(kind, str):
        return f"{text} {number}" if number else text
    if issubclass(kind, bool):
        return number % 2 == 0
    return kind(number + 1)


def _variety(kind: Any) -> int:
    """Return how many items show every choice within a part."""
    if not (isinstance(kind, type) and issubclass(kind, BaseModel)):
        return 2
    choices = [_choices(field.annotation) for field in kind.model_fields.values()]
    return max(2, *choices)


def _choices(kind: Any) -> int:
    if get_origin(kind) is Literal:
        return len(get_args(kind))
    return len(kind) if isinstance(kind, enum.EnumMeta) else 0


def _closed(kind: type[BaseModel]) -> set[str]:
    """Return the fields that hold one of a few fixed words."""
    return {name for name, field in kind.model_fields.items() if _choices(field.annotation)}
