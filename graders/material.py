"""What a grading works on: files handed in, data of the variant, images. Plain bytes by path."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmissionFile:
    """One file of the submission."""

    path: str
    content: bytes
    executable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class VariantData:
    """A task's data for one candidate: files by scenario and path."""

    public: Mapping[str, Mapping[str, bytes]]
    truth: Mapping[str, Mapping[str, bytes]]
    facts: Mapping[str, object] = field(default_factory=dict)
    """What the brief may mention of the public scenario."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GradingImages:
    """Image ids (``sha256:…``): what candidates run in, and what judges them."""

    candidate: str
    grade: str
