"""Many real gradings of a tiny task, one after the other: does anything grow, or slow down?

    .venv/bin/python -m benchmarks.endurance [--count 1000] [-j 2]

One batch: intake, the candidate's data, two runs, hidden tests, records; two candidate containers
for each submission. After each tenth it prints gradings per minute, and what the process holds. At
the end: the slope of each from the first tenth to the last, with an interval of 95 %; one that
holds 0 says that nothing was seen to change.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import threading
import time
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Final

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "support"))

from tiny_task import SOUND, write_tiny_task

from benchmarks.bookkeeping import Meter, memory_mib
from benchmarks.counters import is_quiet
from benchmarks.figures import TENTHS, slope
from graders.evidence import State
from runner.batch import Pace, grade_batch
from runner.batch.work import outcomes
from runner.cli.options import open_workshop
from runner.pipeline import GradeRequest
from sandbox.engine_api import connect
from sandbox.owner import Owner
from tasks.loader import load_task

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runner.workshop import Workshop

NAMES: Final = ("gradings a minute", "MiB", "threads", "descriptors", "containers")


class Watch(Meter):
    """Notes what the process holds after each tenth."""

    def __init__(self, total: int) -> None:
        super().__init__(total)
        self.rows: list[tuple[float, ...]] = []
        self._engine = connect()
        self._label = f"{Owner.LABEL}={Owner.of_this_process().value}"

    def block(self, each_s: float) -> None:
        """Note and print."""
        ours = self._engine.containers(all=True, filters={"label": self._label})
        descriptors = sum(1 for _ in Path("/proc/self/fd").iterdir())
        held = (threading.active_count(), descriptors, len(ours))
        self.rows.append((60 / each_s, memory_mib(), *held))
        cells = (f"{value:8.1f} {name}" for name, value in zip(NAMES, self.rows[-1], strict=True))
        print(f"{self._done:>6} done" + "".join(cells), flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--count", type=int, default=1000, metavar="N", help="a multiple of 10")
    parser.add_argument("-j", "--jobs", type=int, default=2, metavar="N", help="default 2")
    options = parser.parse_args(arguments)
    if options.count < TENTHS or options.count % TENTHS:
        parser.error("--count takes a multiple of 10.")
    is_quiet()
    with (
        tempfile.TemporaryDirectory(prefix="worksample-endurance-") as name,
        open_workshop(Path(name) / "records") as workshop,
    ):
        watch, wrong = measure(workshop, Path(name), options.count, options.jobs)
    for words, values in zip(NAMES, zip(*watch.rows, strict=True), strict=True):
        found = slope(values)
        seen = "A SLOPE" if found.is_seen else "none seen"
        change = f"{found.change:+.2f} +- {found.uncertainty:.2f}"
        print(f"{words:18} {change:>18} of {fmean(values):.1f}: {seen}")
    print(f"{wrong} of {options.count} were not graded with all points.")
    return int(wrong > 0)


def measure(workshop: Workshop, folder: Path, count: int, jobs: int) -> tuple[Watch, int]:
    """Grade so many; return what was noted, and how many did not come to all points."""
    task = load_task(write_tiny_task(folder))
    requests = []
    for number in range(count):
        source = folder / "in" / f"LYNX-{number}"
        source.mkdir(parents=True)
        (source / "add.py").write_text(f"# {number}\n{SOUND}")
        requests.append(GradeRequest(task=task, source=str(source), candidate=source.name))
    watch = Watch(count)
    started = time.monotonic()
    batch = grade_batch(workshop, requests, pace=Pace(workers=jobs), watcher=watch)
    minutes = (time.monotonic() - started) / 60
    print(f"{count} gradings in {minutes:.1f} minutes: {count / minutes:.1f} a minute.")
    good = [
        one.state is State.GRADED and one.points == one.max_points
        for one in outcomes(workshop, batch)
    ]
    return watch, count - sum(good)


if __name__ == "__main__":
    sys.exit(main())
