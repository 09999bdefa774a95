"""Progress on stderr: live lines on a terminal, one line for each submission elsewhere."""

from __future__ import annotations

import contextlib
import itertools
import threading
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.text import Text

from runner.text import clean_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from runner.batch import Watcher
    from runner.pipeline import Graded


@contextlib.contextmanager
def watch(names: Sequence[str]) -> Iterator[Watcher]:
    """Give a watcher of a batch whose submissions have these names."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield PlainWatcher(names)
        return
    with make_progress(console) as progress:
        yield LiveWatcher(names, progress)


def make_progress(console: Console) -> Progress:
    """Return the live lines; a name in them is a name, never markup."""
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        TextColumn("{task.completed}/{task.total}"),
        TimeElapsedColumn(),
        console=console,
        transient=True,
    )


@contextlib.contextmanager
def count_steps(what: str, total: int) -> Iterator[Callable[[str], None]]:
    """Give what is told of each step, from several threads; empty words only count it."""
    console = Console(stderr=True)
    lock = threading.Lock()
    if not console.is_terminal:
        done = itertools.count(1)

        def say(words: str) -> None:
            with lock:
                number = next(done)
                if words:
                    click.echo(f"[{number}/{total}] {clean_line(words)}", err=True)

        yield say
        return
    with make_progress(console) as progress:
        line = progress.add_task(what, total=total)

        def show(words: str) -> None:
            with lock:
                progress.advance(line)
                if words:
                    progress.update(line, description=clean_line(words, max_chars=60))

        yield show


class PlainWatcher:
    """Says one line when a submission is done."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names
        self._done = 0
        self._lock = threading.Lock()

    def phase(self, _position: int, _name: str) -> None:
        """Say nothing: a log is no place for spinners."""

    def done(self, _position: int, graded: Graded) -> None:
        """Say how it ended."""
        with self._lock:
            self._done += 1
            click.echo(f"[{self._done}/{len(self._names)}] {words(graded)}", err=True)


class LiveWatcher:
    """Shows the phase of everything under way, and how many are done."""

    def __init__(self, names: Sequence[str], progress: Progress) -> None:
        self._names = names
        self._progress = progress
        self._lines: dict[int, TaskID] = {}
        self._all = progress.add_task("all submissions", total=len(names))
        self._lock = threading.Lock()

    def phase(self, position: int, name: str) -> None:
        """Show the phase on the submission's own line."""
        with self._lock:
            if position not in self._lines:
                self._lines[position] = self._progress.add_task("", total=len(PHASES))
            step = PHASES.index(name) if name in PHASES else 0
            text = f"{clean_line(self._names[position], max_chars=30)}: {name}"
            self._progress.update(self._lines[position], description=text, completed=step)

    def done(self, position: int, graded: Graded) -> None:
        """Take the line away and say how it ended."""
        with self._lock:
            line = self._lines.pop(position, None)
            if line is not None:
                self._progress.remove_task(line)
            self._progress.console.print(Text(words(graded)))
            self._progress.advance(self._all)


PHASES = ("intake", "data", "run", "grade", "record")


def words(graded: Graded) -> str:
    """Return one line on a grading."""
    one = graded.evidence
    name = clean_line(one.submission.candidate)
    how = " (graded before)" if graded.reused else ""
    if one.state.value == "graded":
        return f"{name}: {one.points:g} of {one.max_points:g} points{how}"
    reason = "; ".join(one.problems) or one.reason
    return f"{name}: {one.state.value}: {clean_line(reason, max_chars=300)}{how}"
