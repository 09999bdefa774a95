"""The trust boundary: nothing hidden on the candidate's side, and no verdict from there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from graders.evidence import Evidence, Outcome, State
from runner.pipeline import GradeRequest, grade_submission

if TYPE_CHECKING:
    from collections.abc import Callable

    from runner.workshop import Workshop
    from tasks.model import Task

pytestmark = pytest.mark.docker

CANARY = "canary-7d1f0c5e-hidden"

SOUND = """
import json, pathlib, sys
data, out = map(pathlib.Path, sys.argv[1:])
out.mkdir(exist_ok=True)
(out / "sum.json").write_text(json.dumps(sum(json.loads((data / "numbers.json").read_text()))))
"""
WRONG = SOUND.replace("json.dumps(sum(", "json.dumps(1 + sum(")

HIDDEN = f'''
"""Hidden tests. {CANARY}"""
import pytest


@pytest.mark.check("sum-public", criterion="correctness", points=1)
def test_public(deliverables, truth):
    """The sum of the public numbers is right. {CANARY}"""
    assert deliverables.json("public", "out/sum.json") == truth.json("public", "sum.json")["sum"]


@pytest.mark.check("sum-fresh", criterion="correctness", points=2)
def test_fresh(deliverables, truth):
    """The sum of fresh numbers is right."""
    assert deliverables.json("fresh", "out/sum.json") == truth.json("fresh", "sum.json")["sum"]


@pytest.mark.check("live", criterion="correctness", points=1)
def test_live(candidate):
    """The program runs again while the hidden tests watch."""
    result = candidate.run(["python", "add.py", "{{data}}", "{{out}}"], scenario="fresh")
    assert result.finished, result.stderr
'''

VARIANT = f'''
"""Numbers to add."""
import json
import numpy as np


def generate(seed, scenario, public, truth):
    """Write numbers and their sum."""
    numbers = [int(n) for n in np.random.default_rng([seed, len(scenario)]).integers(0, 1000, 20)]
    (public / "numbers.json").write_text(json.dumps(numbers))
    (truth / "sum.json").write_text(json.dumps({{"sum": sum(numbers), "mark": "{CANARY}"}}))
    return {{"count": 20}}
'''

SEARCH = """
import os, pathlib, sys
MARK = b"canary-" + b"7d1f0c5e-hidden"
found = []
def look(name, content):
    if MARK in content: found.append(name)
look("environment", repr(os.environ).encode()); look("arguments", repr(sys.argv).encode())
for root, _, names in os.walk("/"):
    # The image's packages are the same for everybody: built from a lock, before any task is seen.
    if root.startswith(("/sys", "/usr", "/opt/venv/lib", "/proc/sys", "/dev/pts")): continue
    if root == "/dev": continue
    for name in names:
        path = os.path.join(root, name)
        try:
            if root.startswith("/proc") and not name in ("environ", "cmdline", "maps"): continue
            with open(path, "rb") as file: look(path, file.read(1 << 20))
        except OSError: pass
print("found", found)
"""


@pytest.fixture
def task(tiny_task: Callable[..., Task]) -> Task:
    return tiny_task(hidden=HIDDEN, variant=VARIANT, wall_time_s=40)


def grade(workshop: Workshop, task: Task, source: str) -> Evidence:
    request = GradeRequest(task=task, source=source, candidate="LYNX-1")
    return grade_submission(workshop, request).evidence


def test_nothing_hidden_is_on_the_candidates_side(
    workshop: Workshop, task: Task, submit: Callable[..., str]
) -> None:
    evidence = grade(workshop, task, submit({"add.py": SOUND + SEARCH}))
    assert [run.stdout.strip() for run in evidence.runs] == ["found []", "found []"]
    assert evidence.points == evidence.max_points == 4  # the honest part passes
    assert CANARY in evidence.checks[0].proves  # and the canary is where it belongs


def test_the_search_does_find_what_is_there(
    workshop: Workshop, task: Task, submit: Callable[..., str]
) -> None:
    evidence = grade(workshop, task, submit({"add.py": SEARCH, "notes.txt": CANARY}))
    assert "notes.txt" in evidence.runs[0].stdout


FORGERIES = {
    "conftest": {
        "conftest.py": """
            import pytest
            @pytest.hookimpl(hookwrapper=True)
            def pytest_runtest_makereport(item, call):
                outcome = yield
                outcome.get_result().outcome = "passed"
            """
    },
    "plugin": {"pytest.ini": "[pytest]\naddopts = -p evil\n", "evil.py": "raise SystemExit(0)"},
    "sitecustomize": {"sitecustomize.py": "import os; os._exit(0)"},
    "shadowed-modules": {"pytest.py": "print('6 passed')", "unittest.py": "", "numpy.py": "1/0"},
    "result-files": {
        "results.json": json.dumps({"score": 100}),
        "verdict.json": json.dumps({"schema": 1, "checks": []}),
        "evidence.json": "{}",
        "job.json": "{}",
    },
}


@pytest.mark.parametrize("name", FORGERIES)
def test_planted_files_gain_nothing_and_cost_nothing(
    workshop: Workshop, task: Task, submit: Callable[..., str], name: str
) -> None:
    hostile = grade(workshop, task, submit({"add.py": WRONG, **FORGERIES[name]}, "hostile"))
    honest = grade(workshop, task, submit({"add.py": WRONG}, "honest"))
    assert hostile.points <= honest.points == 1
    assert hostile.state is State.GRADED


def test_a_verdict_on_stdout_is_just_output(
    workshop: Workshop, task: Task, submit: Callable[..., str]
) -> None:
    rows = [
        {"id": check.id, "outcome": "passed", "detail": "", "duration_s": 0}
        for check in task.checks
    ]
    forged = json.dumps({"schema": 1, "nonce": "x", "checks": rows, "measurements": []})
    code = f"""
import os, struct
body = {forged!r}.encode()
head = b'{{"t":"verdict"}}'
for fd in range(1, 30):
    try: os.write(fd, struct.pack(">II", len(head), len(body)) + head + body)
    except OSError: pass
"""
    evidence = grade(workshop, task, submit({"add.py": WRONG + code}))
    assert evidence.points == 1
    assert '"passed"' in evidence.runs[0].stdout


def test_only_the_candidates_outcomes_change_with_the_candidates_code(
    workshop: Workshop, task: Task, submit: Callable[..., str]
) -> None:
    evidence = grade(workshop, task, submit({"add.py": "import os; os._exit(0)"}))
    assert [check.outcome for check in evidence.checks] == [
        Outcome.FAILED, Outcome.FAILED, Outcome.PASSED,
    ]  # fmt: skip


def test_nothing_of_ours_is_left(
    workshop: Workshop,
    task: Task,
    submit: Callable[..., str],
    left: Callable[[], list[dict[str, Any]]],
) -> None:
    grade(workshop, task, submit({"add.py": SOUND}))
    assert [one["Labels"]["worksample.role"] for one in left()] == ["grade"]  # for the next job
    workshop.sandbox.close()
    assert left() == []


def test_images_of_candidates_and_of_hidden_tests_share_no_layer(
    docker_sandbox: object, candidate_image: str, grade_image: str
) -> None:
    layers = [
        set(docker_sandbox.api.inspect_image(image)["RootFS"]["Layers"])  # type: ignore[attr-defined]
        for image in (candidate_image, grade_image)
    ]
    assert not layers[0] & layers[1]
