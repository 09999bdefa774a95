"""What a grading costs beside the bare cost of the same work, for each kind of task.

Run from the repository's root: ``.venv/bin/python -m benchmarks.overhead``; ``--help`` lists the
options. Both sides are measured in one run, in turns (grading, bare, bare, grading, ...), so that
whatever else the machine does meets both. Ratios of medians are what counts; seconds are for
orientation. What "bare" contains stands in ``benchmarks/bare.py``.

A grading is ``grade_submission`` with ``again``, on an open workshop, its variant made before: the
bare side gets its data for nothing, too. What making it costs, once a candidate, is printed beside.

CPU: user and system time of this process and the programs it waited for (for the bare side the
``docker`` program), plus what the kernel counted for each container, read at its end. The engine's
own daemons are printed apart: all of the machine shares them, and their helpers are not in it.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Final

from benchmarks import bare, meters
from benchmarks.meters import PHASES, Sample, gradings_watched, measured
from graders.guests import agent_command
from runner.cli.options import open_workshop
from runner.pipeline import GradeRequest, grade_submission
from runner.variants import obtain_variant
from sandbox.model import ContainerSpec, Role
from tasks.catalogs import Catalog

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from runner.workshop import Workshop
    from tasks.model import Task

SOLUTIONS: Final = {
    "repo": ("orders-etl", "sound_pandas"),
    "notebook": ("churn-leak", "sound_pipeline"),
    "service": ("serve-budget", "sound_fastapi"),
}
CANDIDATE: Final = "BENCH-1"
AIM: Final = 1.5


@dataclass
class Result:
    """All repetitions of one kind."""

    kind: str
    task: str
    variant_s: float
    grading: list[Sample] = field(default_factory=list)
    bare: list[Sample] = field(default_factory=list)

    def ratio(self, value: Callable[[Sample], float]) -> float:
        """Return the ratio of the medians."""
        return median(map(value, self.grading)) / median(map(value, self.bare))

    def pairs(self, value: Callable[[Sample], float]) -> list[float]:
        """Return the ratio of each pair that ran side by side, sorted."""
        return sorted(value(a) / value(b) for a, b in zip(self.grading, self.bare, strict=True))


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--repeat", type=int, default=3, metavar="N", help="pairs (default 3)")
    parser.add_argument("--kind", action="append", choices=tuple(SOLUTIONS), help="default: all")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every sample there")
    parser.add_argument(
        "--bare-network", choices=("none", "bridge"), default="none", help="default: none"
    )
    parser.add_argument(
        "--bare-limits", action="store_true", help="the task's processors and memory there, too"
    )
    options = parser.parse_args(arguments)
    if shutil.which("docker") is None:
        print("The bare side needs the `docker` program (Debian: docker.io or docker-cli).")
        return 5
    results: list[Result] = []
    with tempfile.TemporaryDirectory(prefix="worksample-bench-") as name:
        folder = Path(name)
        began = time.monotonic()
        with open_workshop(folder / "records") as workshop:
            say(f"opening engine, images, records: {time.monotonic() - began:.2f} s, once a batch")
            boots = {role.value: boot_seconds(workshop, role) for role in Role}
            for kind in options.kind or SOLUTIONS:
                place = folder / kind
                place.mkdir()
                results.append(measure(workshop, kind, place, options))
        if options.json is not None:
            rows = {"boot_s": boots, "results": [asdict(result) for result in results]}
            options.json.write_text(json.dumps(rows, indent=1) + "\n")
    print_ratios(results)
    print_phases(results)
    loads = ", ".join(f"{load:.1f}" for load in os.getloadavg())
    print(f"\n{os.cpu_count()} processors; load over the last 1, 5 and 15 minutes: {loads}.")
    print(
        "A container of ours with nothing to do, from its start to its first answer: "
        f"{boots['candidate']:.2f} s (candidate), {boots['grade']:.2f} s (grade)."
    )
    return 0


def measure(workshop: Workshop, kind: str, folder: Path, options: argparse.Namespace) -> Result:
    """Measure one kind."""
    task_id, solution = SOLUTIONS[kind]
    task = Catalog.from_setting(None).load(task_id)
    source = task.path / "solutions" / solution
    began = time.monotonic()
    variant = obtain_variant(workshop, task, CANDIDATE)
    result = Result(kind=kind, task=task.id, variant_s=time.monotonic() - began)
    prepared = replace(
        bare.prepare(workshop, task, source, variant.data, folder),
        network=options.bare_network,
        limited=options.bare_limits,
    )
    for number in range(options.repeat):
        turns: list[tuple[list[Sample], Callable[[], Sample]]] = [
            (result.grading, lambda: grade(workshop, task, source)),
            (result.bare, lambda number=number: bare.do_the_work(prepared, number)),  # type: ignore[misc]
        ]
        for samples, work in turns if number % 2 == 0 else reversed(turns):
            samples.append(work())
        ours, theirs = result.grading[-1], result.bare[-1]
        say(f"{kind} {number + 1}/{options.repeat}: {ours.wall_s:.1f} s / {theirs.wall_s:.1f} s")
        if ours.outcomes != theirs.outcomes:
            differ = sorted(set(ours.outcomes.items()) ^ set(theirs.outcomes.items()))
            say(f"  not the same outcomes: {differ}")
    return result


def grade(workshop: Workshop, task: Task, source: Path) -> Sample:
    """Grade once."""
    sample = Sample()
    request = GradeRequest(task=task, source=str(source), candidate=CANDIDATE, again=True)
    with measured(sample) as watch, gradings_watched(sample, watch, workshop.graders):
        evidence = grade_submission(workshop, request).evidence
    checks_s = sum(check.duration_s for check in evidence.checks)
    watch.move(meters.IMPORTS, meters.CHECKS, checks_s)
    sample.outcomes = {check.id: check.outcome.value for check in evidence.checks}
    return sample


def boot_seconds(workshop: Workshop, role: Role) -> float:
    """Return how long a container that is given nothing takes to its first answer."""
    images = workshop.images
    image = images.grade if role is Role.GRADE else images.candidate
    seconds = []
    for _ in range(3):
        spec = ContainerSpec(role=role, image=image, command=agent_command())
        with workshop.sandbox.start(spec) as container:
            began = time.monotonic()
            container.send({"op": "sync"})
            container.receive(timeout_s=30.0)
            seconds.append(time.monotonic() - began)
    return median(seconds)


def print_ratios(results: Sequence[Result]) -> None:
    """Print what the project aims at."""
    print(f"\nA grading divided by the bare work (aim: below {AIM:g})\n")
    print("kind      task          pairs  wall  (from - to)    CPU   (from - to)  variant, once")
    for one in results:
        wall, cpu = one.pairs(lambda s: s.wall_s), one.pairs(lambda s: s.cpu_s)
        print(
            f"{one.kind:9} {one.task:13} {len(wall):5} {one.ratio(lambda s: s.wall_s):5.2f}"
            f"  ({wall[0]:.2f} - {wall[-1]:.2f})  {one.ratio(lambda s: s.cpu_s):5.2f}"
            f"  ({cpu[0]:.2f} - {cpu[-1]:.2f}) {one.variant_s:8.2f} s"
        )


def print_phases(results: Sequence[Result]) -> None:
    """Print where the time goes: medians, which need not add up."""
    print("\nMedian seconds of wall time; grading, then bare\n")
    _print_row("", [f"{result.kind:>19}" for result in results])
    for name in PHASES:
        _print_pairs(name, results, lambda sample, name=name: sample.phases_s[name])  # type: ignore[misc]
    _print_pairs("together", results, lambda sample: sample.wall_s)
    _print_pairs("of which all but the work itself", results, lambda sample: sample.around_s)
    print("\nMedian seconds of processor time; grading, then bare\n")
    _print_pairs("this process, `docker` program", results, lambda sample: sample.host_cpu_s)
    _print_pairs("candidate containers", results, lambda sample: sample.candidate_cpu_s)
    _print_pairs("grade container", results, lambda sample: sample.grade_cpu_s)
    _print_pairs("together", results, lambda sample: sample.cpu_s)
    _print_pairs("besides: the engine's daemons", results, lambda sample: sample.engine_cpu_s)


def _print_pairs(name: str, results: Sequence[Result], value: Callable[[Sample], float]) -> None:
    cells = [
        f"{median(map(value, one.grading)):9.2f} {median(map(value, one.bare)):9.2f}"
        for one in results
    ]
    _print_row(name, cells)


def _print_row(name: str, cells: Sequence[str]) -> None:
    print(f"{name:37}" + " ".join(cells))


def say(words: str) -> None:
    """Say how far it is, on stderr."""
    print(words, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
