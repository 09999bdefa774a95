"""Gradings in the formats of other tools: made of evidence and nothing else, judged by nobody."""

from __future__ import annotations

from runner.export.formats import FORMATS, Format
from runner.export.wish import Visibility, Wish
from runner.export.writing import write

__all__ = ["FORMATS", "Format", "Visibility", "Wish", "write"]
