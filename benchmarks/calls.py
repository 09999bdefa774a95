"""What it costs to call a function of the candidate's: ``.venv/bin/python -m benchmarks.calls``.

Grades ``benchmarks/echo`` and prints what its hidden tests measured: there and back between the two
containers, through the host, packing and checking included. Aims: below 1 ms for a dictionary of
1 kB, below 150 ms for a table of 100,000 rows and five columns each way.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from runner.cli.options import open_workshop
from runner.pipeline import GradeRequest, grade_submission
from tasks.loader import load_task

if TYPE_CHECKING:
    from graders.evidence import Evidence

TASK: Final = Path(__file__).parent / "echo"
AIMS: Final = {"echo_ms": 1.0, "table_ms": 150.0}
WORDS: Final = {
    "echo_ms": "one call, a dictionary of 1 kB, median",
    "echo_p90_ms": "the same, nine of ten below",
    "batch_ms": "each of 2,000 such calls in one message",
    "table_ms": "a table of 100,000 rows, five columns of numbers",
    "text_table_ms": "the same with one column of text",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeat", type=int, default=3)
    repeat = parser.parse_args().repeat
    found = [measure() for _ in range(repeat)]
    print(f"Milliseconds there and back, best of {repeat} gradings (all of them), the aim")
    for name, words in WORDS.items():
        every = [next(m.value for m in one.measurements if m.name == name) for one in found]
        scatter = ", ".join(f"{value:.2f}" for value in every)
        aim = f"< {AIMS[name]:g}" if name in AIMS else ""
        print(f"{words:<52} {min(every):8.2f}  ({scatter})  {aim}")
    print(f"{os.cpu_count()} processors; load over the last minute: {os.getloadavg()[0]:.1f}.")


def measure() -> Evidence:
    """Grade the benchmark's task once."""
    with tempfile.TemporaryDirectory() as folder, open_workshop(Path(folder)) as workshop:
        request = GradeRequest(
            task=load_task(TASK),
            source=str(TASK / "solutions" / "sound_plain"),
            candidate="BENCH-1",
            again=True,
        )
        evidence = grade_submission(workshop, request).evidence
    if evidence.points != evidence.max_points:
        raise SystemExit(
            f"not as expected: {evidence.reason} {[c.detail for c in evidence.checks]}"
        )
    return evidence


if __name__ == "__main__":
    main()
