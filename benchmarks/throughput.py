"""How many submissions an hour: worksample, otter-grader and the bare run, side by side.

Run from the repository's root: ``.venv/bin/python -m benchmarks.throughput``; ``--help`` lists the
options. All sides get the same submissions, work on as many at a time, and take turns, so that
whatever else the machine does meets all of them. What each side is stands in
``benchmarks/sides.py``; what is counted, in ``benchmarks/counters.py``.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Final, NamedTuple

from benchmarks.counters import Cost, counted, idle_share, is_quiet
from benchmarks.figures import Ratio, ratio
from benchmarks.sides import Bare, OtterGrader, Side, Work, Worksample, lay_out
from runner.cli.options import open_workshop

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

MOST_CPU_OF_BARE: Final = 1.1
LEAST_THROUGHPUT_OF_OTTER: Final = 2.2


class Kind(NamedTuple):
    """What is graded, unless the options say otherwise."""

    submissions: int
    jobs: int


KINDS: Final = {
    "notebook": Kind(12, 2),
    "repo": Kind(6, 2),
    "service": Kind(3, 1),  # its checks measure time
}


@dataclass
class Result:
    """All rounds of one kind: costs by the side's name."""

    work: Work
    costs: dict[str, list[Cost]] = field(default_factory=dict)
    unexpected: list[str] = field(default_factory=list)

    def ratio(self, above: str, below: str, value: Callable[[Cost], float]) -> Ratio:
        """Divide one side's figures by another's."""
        return ratio([value(one) for one in self.costs[above]],
                     [value(one) for one in self.costs[below]])  # fmt: skip

    def each(self, side: str, value: Callable[[Cost], float]) -> str:
        """Return a side's seconds for each submission: the median, and the range."""
        found = sorted(value(one) / len(self.work.expected) for one in self.costs[side])
        return f"{median(found):6.2f} ({found[0]:.2f} - {found[-1]:.2f})"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--kind", action="append", choices=tuple(KINDS), help="default: all")
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="default 3")
    parser.add_argument("--submissions", type=int, metavar="N", help="default: as the kind has it")
    parser.add_argument("-j", "--jobs", type=int, metavar="N", help="likewise; at a time")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every round there")
    options = parser.parse_args(arguments)
    quiet = is_quiet()
    idle = idle_share()
    results = {}
    with tempfile.TemporaryDirectory(prefix="worksample-throughput-") as name:
        for kind in options.kind or KINDS:
            folder = Path(name) / kind
            folder.mkdir()
            results[kind] = measure(kind, folder, options, idle)
    if options.json is not None:
        rows = {
            kind: {side: [asdict(cost) for cost in costs] for side, costs in one.costs.items()}
            for kind, one in results.items()
        }
        options.json.write_text(json.dumps(rows, indent=1) + "\n")
    print(f"{idle:.3f} processors are busy with nothing to do.")
    for kind, one in results.items():
        print_result(kind, one)
        if quiet:
            print_targets(one)
    return int(any(one.unexpected for one in results.values()))


def measure(kind: str, folder: Path, options: argparse.Namespace, idle: float) -> Result:
    """Measure one kind: each side once a round, there and back."""
    submissions, jobs = options.submissions or KINDS[kind].submissions, options.jobs
    work = lay_out(kind, folder / "work", submissions, jobs or KINDS[kind].jobs)
    with open_workshop(folder / "records") as workshop:
        sides: list[Side] = [
            Worksample(work, workshop, folder),
            Bare("bare", work, workshop, folder, checks=False),
            Bare("bare with hidden tests", work, workshop, folder, checks=True),
        ]
        if kind == "notebook":
            sides.insert(1, OtterGrader(work, workshop, folder))
        result = Result(work, {side.name: [] for side in sides})
        for number in range(options.rounds):
            for side in sides if number % 2 == 0 else reversed(sides):
                side.make_ready(number)
                with counted(idle_share=idle) as cost:
                    side.do_the_work(number)
                result.costs[side.name].append(cost)
                say(f"{kind} {number + 1}/{options.rounds}: {side.name} {cost.wall_s:.1f} s")
                points = side.points(number)
                if points is not None and points != work.expected:
                    result.unexpected.append(f"{side.name}, round {number + 1}: {points}")
    return result


def print_result(kind: str, result: Result) -> None:
    """Print what each side took, and what that is to ours."""
    work, rounds = result.work, len(result.costs["bare"])
    print(f"\n{kind}: {len(work.expected)} submissions of {work.task.id}, {work.jobs} at a time, "
          f"{rounds} rounds. Seconds for each submission\n")  # fmt: skip
    print(f"{'':24}{'wall':22}{'CPU, machine':22}CPU, counted")
    values = (lambda c: c.wall_s), (lambda c: c.machine_s), (lambda c: c.counted_s)
    for side in result.costs:
        print(f"{side:24}" + "".join(f"{result.each(side, value):22}" for value in values))
    print(f"\n{'worksample divided by':24}{'wall':22}{'CPU, machine':22}CPU, counted")
    for side in result.costs:
        if side != Worksample.name:
            ratios = (str(result.ratio(Worksample.name, side, value)) for value in values)
            print(f"{side:24}" + "".join(f"  {text:20}" for text in ratios))
    for words in result.unexpected:
        print(f"NOT THE EXPECTED POINTS: {words}")


def print_targets(result: Result) -> None:
    """Hold the figures against what the project aims at."""
    for side in result.costs:
        if side.startswith("bare"):
            cpu = result.ratio(Worksample.name, side, lambda c: c.machine_s)
            met = cpu.of_medians <= MOST_CPU_OF_BARE
            _print_target(
                f"CPU of the machine by that of {side}", cpu, f"at most {MOST_CPU_OF_BARE}", met=met
            )
        elif side == OtterGrader.name:
            times = result.ratio(side, Worksample.name, lambda c: c.wall_s)
            met = times.of_medians >= LEAST_THROUGHPUT_OF_OTTER
            _print_target(
                f"Throughput by that of {side}",
                times,
                f"at least {LEAST_THROUGHPUT_OF_OTTER}",
                met=met,
            )


def _print_target(what: str, found: Ratio, aim: str, *, met: bool) -> None:
    print(f"{what}: {found}, aim {aim}: {'met' if met else 'missed'}")


def say(words: str) -> None:
    """Say how far it is, on stderr."""
    print(words, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
