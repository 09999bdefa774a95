"""How gradings scale over the workers of a Dask cluster.

    .venv/bin/python -m benchmarks.scaling [--submissions 20] [--workers 1 2 4]

Grades ``benchmarks/sleep``, whose submissions sleep for four seconds, on 1, 2 and 4 workers of one
thread each, all on this machine, and prints the wall time and how far it is from linear. Then once
more on the largest cluster, one of whose workers is killed in the middle: printed is how long each
submission took.

The cluster is warm: every worker has graded before, and the candidates' data is there.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))

from dask_cluster import DaskCluster

from runner.batch import Pace, grade_batch
from runner.cli.options import open_workshop
from runner.pipeline import GradeRequest
from runner.records import JobState
from runner.remote.cluster import open_cluster
from runner.remote.elsewhere import elsewhere
from runner.variants import obtain_variant
from tasks.loader import load_task

if TYPE_CHECKING:
    from runner.workshop import Workshop

TASK: Final = Path(__file__).parent / "sleep"
LONGER: Final = 1.25
"""Times the undisturbed median: from there on a submission counts as delayed."""


class Round:
    """Watches a batch; kills a worker when half of it is done, if it has one to kill."""

    def __init__(self, total: int, cluster: DaskCluster, victim: str | None) -> None:
        self._left = total // 2
        self._cluster = cluster
        self._victim = victim

    def phase(self, _position: int, _name: str) -> None:
        """Nothing to say."""

    def say(self, words: str) -> None:
        """Print it."""
        print(words)

    def done(self, _position: int, _result: dict[str, Any], *, reused: bool) -> None:  # noqa: ARG002
        """Count."""
        self._left -= 1
        if self._left == 0 and self._victim is not None:
            time.sleep(1.0)  # so that it is in the middle of the next one
            self._cluster.kill_worker(self._victim)
            self._cluster.start_worker(f"{self._victim}-again")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--submissions", type=int, default=20)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4])
    options = parser.parse_args()
    print(f"{os.cpu_count()} processors; load over the last minute: {os.getloadavg()[0]:.1f}.")
    with tempfile.TemporaryDirectory() as scratch, open_workshop(Path(scratch) / "h") as workshop:
        requests = prepare(workshop, options.submissions)
        found = {}
        for workers in options.workers:
            found[workers] = measure(workshop, requests, workers)
            first, wall_s = options.workers[0], found[workers][0]
            share = found[first][0] * first / workers / wall_s
            print(f"{workers} worker(s): {wall_s:6.1f} s, {share:.1%} of linear", flush=True)
        most = options.workers[-1]
        report(found[most], measure(workshop, requests, most, kill=True))
    print(f"Load over the last minute: {os.getloadavg()[0]:.1f}.")


def prepare(workshop: Workshop, count: int) -> list[GradeRequest]:
    """Return the submissions, with everybody's data made."""
    task = load_task(TASK)
    source = str(TASK / "solutions" / "sound_plain")
    requests = [
        GradeRequest(task=task, source=source, candidate=f"BENCH-{number}", again=True)
        for number in range(count)
    ]
    for request in requests:
        obtain_variant(workshop, task, request.candidate)
    workshop.graders.close()
    return requests


def measure(
    workshop: Workshop, requests: list[GradeRequest], workers: int, *, kill: bool = False
) -> tuple[float, list[float]]:
    """Return the wall time of a batch, and the seconds that each submission took."""
    with tempfile.TemporaryDirectory() as folder:
        cluster = DaskCluster(Path(folder), workers=workers)
        try:
            with open_cluster(cluster.url) as executor:
                equipped = elsewhere(workshop, executor, check=executor.check)
                pace = Pace(workers=workers)
                warm_up = [replace(one, candidate=f"W{one.candidate}") for one in requests]
                grade_batch(equipped, warm_up[: 2 * workers], pace=pace,
                            watcher=Round(0, cluster, None))  # fmt: skip
                started = time.monotonic()
                watcher = Round(len(requests), cluster, "worker-0" if kill else None)
                batch_id = grade_batch(equipped, requests, pace=pace, watcher=watcher)
                wall_s = time.monotonic() - started
        finally:
            cluster.stop()
    facts = list(workshop.records.queue.facts(batch_id, JobState.DONE))
    if len(facts) != len(requests) or any(one.grading_state != "graded" for one in facts):
        raise SystemExit(f"not as expected: {workshop.records.queue.counts(batch_id)}")
    return wall_s, [(one.finished_at or 0.0) - (one.started_at or 0.0) for one in facts]


def report(calm: tuple[float, list[float]], stormy: tuple[float, list[float]]) -> None:
    """Say whom the kill cost how much."""
    usual_s = statistics.median(calm[1])
    delayed = sorted(one for one in stormy[1] if one > LONGER * usual_s)
    others = [one for one in stormy[1] if one <= LONGER * usual_s]
    print(f"undisturbed: {calm[0]:.1f} s; a submission {usual_s:.2f} s, at most {max(calm[1]):.2f}")
    print(
        f"one worker killed: {stormy[0]:.1f} s; {len(delayed)} submission(s) delayed, to "
        f"{', '.join(f'{one:.1f} s' for one in delayed)}; "
        f"the others {statistics.median(others):.2f} s, at most {max(others):.2f}"
    )


if __name__ == "__main__":
    main()
