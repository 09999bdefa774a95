"""Margins as a table for the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table

from runner.proof.margins import Margin, Nearest, words
from runner.text import clean_line

if TYPE_CHECKING:
    from collections.abc import Sequence


def margins_table(margins: Sequence[Margin]) -> Table:
    """Return a row for each threshold: what came nearest to it, and its share of the gap."""
    table = Table(box=None, header_style="bold", pad_edge=False, width=100)
    table.add_column("threshold", ratio=2, overflow="fold")
    for name in ("nearest sound", "nearest flawed"):
        table.add_column(name, justify="right", ratio=1, overflow="fold")
    table.add_column("margins", justify="right", no_wrap=True)
    for one in margins:
        name = f"{one.check}: {one.measurement} {words(one.bound)}"
        table.add_row(
            clean_line(name), beside_bound(one.sound), beside_bound(one.flawed), shares(one)
        )
    return table


def beside_bound(nearest: Nearest | None) -> str:
    """Return a value with its bound."""
    return "none" if nearest is None else f"{nearest.value:.5g} against {nearest.bound:.5g}"


def shares(margin: Margin) -> str:
    """Return the shares of the gap on the sound and on the flawed side."""
    sound, flawed = margin.share(margin.sound), margin.share(margin.flawed)
    if margin.exact:
        return "exact"
    if sound is None or flawed is None:
        return "no gap"
    return f"{sound:.0%} / {flawed:.0%}"
