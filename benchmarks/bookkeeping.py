"""What the queue and the records cost: many submissions, none of which runs anything.

    python -m benchmarks.bookkeeping [--submissions 10000] [--workers 4]

Intake, fingerprint, variant key, lease, evidence and record are real; the attempt itself is a stub
that returns a grading at once. Printed: milliseconds for each submission in blocks of a tenth, the
memory of the process after each, and the seconds that `status` and `results` take at the end.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graders.evidence import State
from graders.grade_containers import GradeContainers
from graders.material import GradingImages
from runner.batch import Pace, grade_batch, work
from runner.batch.admission import LEAST_DISK_BYTES, Machine
from runner.cli.status import batch_facts, to_text
from runner.pipeline import GradeRequest, Judged, Steps
from runner.records import Records
from runner.tables import results_table
from runner.workshop import Workshop
from sandbox.fake import FakeSandbox
from tasks.catalogs import Catalog

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOM = Machine(
    free_memory=lambda: None, idle_share=lambda: None, free_disk=lambda: LEAST_DISK_BYTES
)


class Stub(Steps):
    """Takes the submission in and comes to a grading without a container."""

    def judge(self) -> Judged:
        """Return evidence of no checks."""
        self._take_in()
        return self._judged(self._evidence(State.GRADED), self._key())


class Meter:
    """Prints time and memory after each tenth."""

    def __init__(self, total: int) -> None:
        self._block = max(1, total // 10)
        self._done = 0
        self._since = time.monotonic()
        self._lock = threading.Lock()

    def phase(self, _position: int, _name: str) -> None:
        """Nothing to say."""

    def say(self, words: str) -> None:
        """Print it."""
        print(words)

    def done(self, _position: int, _result: dict[str, Any], *, reused: bool) -> None:  # noqa: ARG002
        """Count, and print after each block."""
        with self._lock:
            self._done += 1
            if self._done % self._block == 0:
                now = time.monotonic()
                self.block((now - self._since) / self._block)
                self._since = now

    def block(self, each_s: float) -> None:
        """Print what a block came to."""
        print(f"{self._done:>7} done  {each_s * 1000:6.1f} ms each  {memory_mib():6.0f} MiB")


def memory_mib() -> float:
    """Return the memory that this process has now, in MiB; proc(5), /proc/self/statm."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / (1 << 20)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--submissions", type=int, default=10_000)
    parser.add_argument("--workers", type=int, default=4)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="worksample-bookkeeping-") as scratch:
        measure(Path(scratch), options.submissions, options.workers)


def measure(scratch: Path, count: int, workers: int) -> None:
    """Grade, look, and grade the same again."""
    task = Catalog.from_setting(None).load("orders-etl")
    requests = []
    for number in range(count):
        folder = scratch / "in" / f"LYNX-{number}"
        folder.mkdir(parents=True)
        (folder / "etl.py").write_text(f"print({number})\n")
        requests.append(GradeRequest(task=task, source=str(folder), candidate=folder.name))
    work.Steps = Stub  # type: ignore[attr-defined]
    sandbox, records = FakeSandbox(), Records(scratch / "home")
    workshop = Workshop(
        sandbox=sandbox,
        graders=GradeContainers(sandbox),
        engine=sandbox.info(),
        images=GradingImages(candidate="sha256:c", grade="sha256:g"),
        records=records,
    )
    pace, batch_id = Pace(workers=workers), ""
    for round_ in ("first", "again, nothing has changed"):
        print(f"{round_}:")
        started = time.monotonic()
        batch_id = grade_batch(workshop, requests, pace=pace, watcher=Meter(count), machine=ROOM)
        print(f"{(time.monotonic() - started) / count * 1000:.1f} ms each in all")
    started = time.monotonic()
    print(to_text(batch_facts(records, batch_id)))
    print(f"status: {time.monotonic() - started:.2f} s")
    started = time.monotonic()
    rows = records.latest_results()
    found = time.monotonic() - started
    results_table(rows)
    print(f"results: {found:.2f} s to find {len(rows)}, {time.monotonic() - started:.2f} s in all")
    records.close()
    sandbox.close()


if __name__ == "__main__":
    main()
