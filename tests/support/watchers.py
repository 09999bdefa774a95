"""Watchers of a batch, for tests."""

from __future__ import annotations

from typing import Any


class Quiet:
    """Says nothing and keeps everything."""

    def __init__(self) -> None:
        self.results: dict[int, dict[str, Any]] = {}
        self.reused: set[int] = set()
        self.phases: list[tuple[int, str]] = []
        self.said: list[str] = []

    def phase(self, position: int, name: str) -> None:
        self.phases.append((position, name))

    def done(self, position: int, result: dict[str, Any], *, reused: bool) -> None:
        self.results[position] = result
        if reused:
            self.reused.add(position)

    def say(self, words: str) -> None:
        self.said.append(words)
