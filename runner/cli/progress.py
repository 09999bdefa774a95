"""Progress on stderr: live lines on a terminal, one line for each submission elsewhere."""

from __future__ import annotations

import contextlib
import itertools
import threading
import time
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.text import Text

from runner.text import clean_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from runner.batch import Watcher
    from runner.tables import Result


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
    """Says one line when a submission is done, and now and then how long the rest will take."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names
        self._speed = Speed(len(names))
        self._lock = threading.Lock()

    def phase(self, _position: int, _name: str) -> None:
        """Say nothing: a log is no place for spinners."""

    def done(self, _position: int, result: Result, *, reused: bool) -> None:
        """Say how it ended."""
        with self._lock:
            self._speed.count()
            how_far = f"{self._speed.done}/{len(self._names)}"
            click.echo(f"[{how_far}] {words(result, reused=reused)}", err=True)
            if self._speed.done % _EVERY == 0 and self._speed.words:
                click.echo(f"[{how_far}] {self._speed.words}", err=True)

    def say(self, words: str) -> None:
        """Say it."""
        click.echo(clean_line(words, max_chars=1000), err=True)


class LiveWatcher:
    """Shows the phase of everything under way, how many are done, and how long the rest takes."""

    def __init__(self, names: Sequence[str], progress: Progress) -> None:
        self._names = names
        self._progress = progress
        self._lines: dict[int, TaskID] = {}
        self._all = progress.add_task("all submissions", total=len(names))
        self._speed = Speed(len(names))
        self._lock = threading.Lock()

    def phase(self, position: int, name: str) -> None:
        """Show the phase on the submission's own line."""
        with self._lock:
            if position not in self._lines:
                self._lines[position] = self._progress.add_task("", total=len(PHASES))
            step = PHASES.index(name) if name in PHASES else 0
            text = f"{clean_line(self._names[position], max_chars=30)}: {name}"
            self._progress.update(self._lines[position], description=text, completed=step)

    def done(self, position: int, result: Result, *, reused: bool) -> None:
        """Take the line away and say how it ended."""
        with self._lock:
            line = self._lines.pop(position, None)
            if line is not None:
                self._progress.remove_task(line)
            self._progress.console.print(Text(words(result, reused=reused)))
            self._speed.count()
            text = f"all submissions  {self._speed.words}".rstrip()
            self._progress.update(self._all, advance=1, description=text)

    def say(self, words: str) -> None:
        """Say it above the lines."""
        self._progress.console.print(Text(clean_line(words, max_chars=1000)))


PHASES = ("room", "intake", "prepare", "elsewhere", "run", "grade", "record")
_EVERY = 10
"""Lines between two words on the speed."""


class Speed:
    """How fast it goes."""

    def __init__(self, total: int) -> None:
        self.done = 0
        self._total = total
        self._started = time.monotonic()

    def count(self) -> None:
        """Count one more that is done."""
        self.done += 1

    @property
    def words(self) -> str:
        """How many a minute and how long the rest takes; nothing before that can be said."""
        return speed_words(self.done, time.monotonic() - self._started, self._total - self.done)


def speed_words(done: int, seconds: float, left: int) -> str:
    """Return "12 a minute, about 3 min left"; nothing if nothing was done or is left."""
    if not (done and left and seconds > 0):
        return ""
    left_s = seconds / done * left
    how_long = f"{left_s:.0f} s" if left_s < 90 else f"{left_s / 60:.0f} min"
    if left_s >= 5400:
        how_long = f"{left_s / 3600:.1f} h"
    return f"{done / seconds * 60:.3g} a minute, about {how_long} left"


def words(result: Result, *, reused: bool) -> str:
    """Return one line on a grading."""
    name = clean_line(result["candidate"])
    how = " (graded before)" if reused else ""
    if result["state"] == "graded":
        return f"{name}: {result['points']:g} of {result['max_points']:g} points{how}"
    reason = result["problems"] or result["reason"]
    return f"{name}: {result['state']}: {clean_line(reason, max_chars=300)}{how}"
