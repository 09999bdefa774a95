"""``rubric.toml`` and ``solutions.toml``: the models, one per table."""

from __future__ import annotations

import enum
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field, WithJsonSchema

from tasks.manifest import Flag, Line, Part, Slug

RATINGS: Final = ("1", "2", "3", "4")
"""1 lowest, 4 highest."""


def _four_anchors(anchors: dict[str, str]) -> dict[str, str]:
    if sorted(anchors) != list(RATINGS):
        raise ValueError(f"must have exactly the keys 1, 2, 3 and 4, not {sorted(anchors)}")
    if empty := [key for key in RATINGS if not anchors[key].strip()]:
        raise ValueError(f"{', '.join(empty)} must say what a reviewer would see")
    return {key: anchors[key].strip() for key in RATINGS}


def _some_text(value: str) -> str:
    if not value.strip():
        raise ValueError("must not be empty")
    return value.strip()


Text = Annotated[str, AfterValidator(_some_text), Field(max_length=4000)]
Anchors = Annotated[
    dict[str, str],
    AfterValidator(_four_anchors),
    WithJsonSchema(
        {
            "type": "object",
            "properties": {key: {"type": "string"} for key in RATINGS},
            "required": list(RATINGS),
            "additionalProperties": False,
        }
    ),
]


class Criterion(Part):
    """What the debrief decides on."""

    id: Slug
    title: Line
    definition: Text
    weight: Annotated[float, Field(strict=True, gt=0, le=100, allow_inf_nan=False)]
    """Relative to the other criteria."""
    non_negotiable: Flag = False
    anchors: Anchors
    """What a reviewer would see at each rating."""


class Prompt(Part):
    """A question of the write-up."""

    id: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,19}$")]
    """The heading of its answer begins with this."""
    title: Line
    text: Text
    criterion: str
    max_words: Annotated[int, Field(strict=True, ge=10, le=5000)]


class Claim(Part):
    """A number that the write-up's front matter is asked for."""

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
    text: Text
    unit: Line
    measurement: Line
    """Name of the ``measure()`` it is compared with."""
    tolerance: Annotated[float, Field(strict=True, ge=0, allow_inf_nan=False)] = 0.0
    """Absolute."""


class Rubric(Part):
    """``rubric.toml`` as a whole."""

    schema_version: Literal["1.0"]
    criteria: Annotated[tuple[Criterion, ...], Field(alias="criterion", min_length=1)]
    prompts: Annotated[tuple[Prompt, ...], Field(alias="prompt")] = ()
    claims: Annotated[tuple[Claim, ...], Field(alias="claim")] = ()


class SolutionKind(enum.StrEnum):
    """What an author's answer is there to show; its name begins with this word."""

    SOUND = "sound"
    """Passes every check."""
    FLAWED = "flawed"
    """Fails exactly the named checks."""
    AI_BASELINE = "ai_baseline"
    """What an assistant makes of the brief alone."""
    EMPTY = "empty"
    """Gains no points."""
    HOSTILE = "hostile"
    """Gains nothing by its attack."""


class SolutionEntry(Part):
    """One table of ``solutions.toml``."""

    name: Annotated[
        str, Field(pattern=r"^(sound|flawed|ai_baseline|empty|hostile)(_[a-z0-9_]{1,60})?$")
    ]
    """A folder beside the file."""
    note: Line
    fails: tuple[str, ...] = ()
    """Ids of the checks that must fail."""

    @property
    def kind(self) -> SolutionKind:
        """Return what it is there to show."""
        return next(kind for kind in SolutionKind if self.name.startswith(kind.value))


class Solutions(Part):
    """``solutions.toml`` as a whole."""

    solutions: Annotated[tuple[SolutionEntry, ...], Field(alias="solution", min_length=1)]
