"""Margins as a table, for the terminal and for the docs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table

from runner.proof.margins import Margin, Nearest, words
from runner.text import clean_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runner.proof.summary import ProofSummary


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


def margins_markdown(summary: ProofSummary) -> str:
    """Return what a proof came to as Markdown: seeds, time, and the table of margins."""
    minutes = f"{summary.seconds / 60:.0f} minutes"
    seeds = f"{summary.seeds} seeds, {len(summary.solutions)} solutions, {minutes} of trials"
    lines = [f"### {summary.task_id} {summary.task_version}", "", f"{seeds}.", ""]
    if summary.margins:
        lines += [
            "| threshold | nearest sound | nearest flawed | margins |",
            "| --- | --- | --- | --- |",
        ]
    for one in summary.margins:
        name = f"`{one.check}`: {one.measurement} {words(one.bound)}"
        cells = (name, beside_bound(one.sound), beside_bound(one.flawed), shares(one))
        lines.append(f"| {' | '.join(cells)} |")
    if not summary.margins:
        lines.append("No check has a numeric threshold: everything is right or wrong.")
    return "\n".join(lines) + "\n"


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
