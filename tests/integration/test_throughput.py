"""`benchmarks/throughput` compares the same work: every side comes to the same points."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from benchmarks.counters import counted
from benchmarks.sides import NOTEBOOKS, Bare, Side, Worksample, lay_out
from tasks.loader import load_task

if TYPE_CHECKING:
    from pathlib import Path

    from runner.workshop import Workshop

BURN = "import time\nwhile time.process_time() < 0.5: pass"


@pytest.mark.docker
def test_every_side_gives_the_expected_points(workshop: Workshop, tmp_path: Path) -> None:
    work = lay_out("notebook", tmp_path / "work", 2, jobs=2)
    assert work.expected == {"COPY-1": 8.0, "COPY-2": 4.0}  # the second one is flawed
    sides: tuple[Side, ...] = (
        Worksample(work, workshop, tmp_path),
        Bare("bare with hidden tests", work, workshop, tmp_path, checks=True),
    )
    for side in sides:
        side.make_ready(0)
        side.do_the_work(0)
        assert side.points(0) == work.expected, side.name


def test_otters_test_file_has_the_same_checks() -> None:
    theirs = (NOTEBOOKS / "otter" / "tests" / "sales.py").read_text()
    ours = [check.id for check in load_task(NOTEBOOKS / "sales").checks]
    assert re.findall(r'@test_case\(name="(.+)"\)', theirs) == ours


@pytest.mark.docker
def test_a_programs_processor_time_is_counted_both_ways() -> None:
    with counted(idle_share=0.0) as cost:
        subprocess.run([sys.executable, "-c", BURN], check=True)
    assert cost.wall_s >= 0.5
    assert cost.counted_s >= 0.5
    assert cost.machine_s >= 0.5
    with counted(idle_share=os.cpu_count() or 1) as less:
        subprocess.run([sys.executable, "-c", BURN], check=True)
    assert less.machine_s < less.counted_s  # as if all were busy anyway
