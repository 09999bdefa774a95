"""A tiny task: add the numbers of a file. Graded in a second or two."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

TASK = """
schema_version = "1.0"
id = "tiny"
version = "1.0.0"
title = "Add numbers"
kind = "repo"
summary = "Adds the numbers of a file."
time_budget_minutes = 10
ai_policy = "allowed_disclose"
constraint = "5 s, 96 MiB"

[image]
name = "python-data"

[limits]
wall_time_s = 5
memory_bytes = "96 MiB"
pids = 64
disk_bytes = "16 MiB"
output_bytes = "64 KiB"

[[deliverable]]
path = "out/sum.json"
media_type = "application/json"
max_bytes = "1 KiB"

[[run]]
name = "public"
scenario = "public"
command = ["python", "add.py", "{data}", "{out}"]

[[run]]
name = "fresh"
scenario = "fresh"
command = ["python", "add.py", "{data}", "{out}"]
"""

RUBRIC = """
schema_version = "1.0"

[[criterion]]
id = "correctness"
title = "Correctness"
definition = "The numbers are right."
weight = 1
non_negotiable = true
[criterion.anchors]
1 = "wrong"
2 = "nearly"
3 = "right"
4 = "right and explained"

[[prompt]]
id = "P1"
title = "How"
text = "How did you add?"
criterion = "correctness"
max_words = 50

[[claim]]
id = "total"
text = "What is the sum?"
unit = "1"
measurement = "total"
tolerance = 0.0
"""

VARIANT = '''
"""Numbers to add."""

import json

import numpy as np


def generate(seed, scenario, public, truth):
    """Write numbers and their sum."""
    rng = np.random.default_rng([seed, len(scenario)])
    numbers = [int(number) for number in rng.integers(0, 1000, 20)]
    (public / "numbers.json").write_text(json.dumps(numbers))
    (truth / "sum.json").write_text(json.dumps(sum(numbers)))
    return {"count": len(numbers)}
'''

HIDDEN = '''
"""Hidden tests."""

import pytest


@pytest.mark.check("sum-public", criterion="correctness", points=1)
def test_public(deliverables, truth, measure):
    """The sum of the public numbers is right."""
    expected = truth.json("public", "sum.json")
    measure("total", expected, "1", at_least=expected, at_most=expected)
    assert deliverables.json("public", "out/sum.json") == expected, "the public sum is wrong"


@pytest.mark.check("sum-fresh", criterion="correctness", points=2)
def test_fresh(deliverables, truth):
    """The sum of fresh numbers is right."""
    expected = truth.json("fresh", "sum.json")
    assert deliverables.json("fresh", "out/sum.json") == expected, "the fresh sum is wrong"
'''

SOUND = """
import json, pathlib, sys
data, out = map(pathlib.Path, sys.argv[1:])
out.mkdir(exist_ok=True)
(out / "sum.json").write_text(json.dumps(sum(json.loads((data / "numbers.json").read_text()))))
"""


def write_tiny_task(
    folder: Path, *, wall_time_s: int = 5, memory: str = "96 MiB", **changes: str
) -> Path:
    """Write the task; ``changes`` replace whole files, named by their stem.

    Hidden tests that do not measure what the claim is compared with leave the task without it.
    """
    root = folder / "tiny"
    task = TASK.replace("wall_time_s = 5", f"wall_time_s = {wall_time_s}")
    task = task.replace('96 MiB"\n', f'{memory}"\n')
    hidden = changes.get("hidden", HIDDEN)
    rubric = RUBRIC if 'measure("total"' in hidden else RUBRIC.partition("[[claim]]")[0]
    files = {
        "task.toml": task,
        "rubric.toml": changes.get("rubric", rubric),
        "variant.py": changes.get("variant", VARIANT),
        "hidden_tests/test_hidden.py": hidden,
        "brief.md": "# Add {{ count }} numbers\n",
        "starter/add.py": "",
        "public_tests/test_public.py": "def test_nothing_yet():\n    pass\n",
        "solutions/solutions.toml": textwrap.dedent("""
            [[solution]]
            name = "sound_plain"
            note = "Adds."
            """),
        "solutions/sound_plain/add.py": SOUND,
    }
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root
