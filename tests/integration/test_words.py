"""Every way in which a grading can go gets its word, and the right one is at fault."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from graders.evidence import Evidence, ExitKind, MachineState, Outcome, State, without_times
from runner.pipeline import Graded, GradeRequest, grade_submission

if TYPE_CHECKING:
    from collections.abc import Callable

    from runner.workshop import Workshop
    from tasks.model import Task

pytestmark = pytest.mark.docker

SOUND = """
import json, pathlib, sys
data, out = map(pathlib.Path, sys.argv[1:])
out.mkdir(exist_ok=True)
(out / "sum.json").write_text(json.dumps(sum(json.loads((data / "numbers.json").read_text()))))
"""


def grade(workshop: Workshop, task: Task, source: str, **more: bool) -> Graded:
    request = GradeRequest(task=task, source=source, candidate="LYNX-1", **more)  # type: ignore[arg-type]
    return grade_submission(workshop, request)


def outcomes(evidence: Evidence) -> dict[str, Outcome]:
    return {check.id: check.outcome for check in evidence.checks}


def test_sound_work_gets_every_point(
    workshop: Workshop, tiny_task: Callable[..., Task], submit: Callable[..., str]
) -> None:
    graded = grade(workshop, tiny_task(), submit({"add.py": SOUND}))
    evidence = graded.evidence
    assert evidence.state is State.GRADED
    assert (evidence.points, evidence.max_points) == (3, 3)
    assert [run.exit_kind for run in evidence.runs] == [ExitKind.EXITED, ExitKind.EXITED]
    assert evidence.criteria[0].machine_state is MachineState.MET


@pytest.mark.parametrize(
    ("code", "kind", "words"),
    [
        ("while True: pass", ExitKind.TIMED_OUT, "5 s"),
        ("import time; time.sleep(60)", ExitKind.TIMED_OUT, "5 s"),
        (
            "import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(60)",
            ExitKind.TIMED_OUT,
            "5 s",
        ),
        ("data = [bytearray(10**7) for _ in range(1000)]", ExitKind.OUT_OF_MEMORY, "memory"),
        (
            "import os; os.system('python -c \"x = bytearray(10**9)\"')",
            ExitKind.OUT_OF_MEMORY,
            "memory",
        ),
        ("open('big', 'wb').write(b'x' * 40 * 2**20)", ExitKind.DISK_FULL, "disk"),
        (
            "import pathlib\nfor n in range(10**6): pathlib.Path(f'f{n}').touch()",
            ExitKind.DISK_FULL,
            "disk",
        ),
        ("while True: print('x' * 1000)", ExitKind.OUTPUT_LIMIT, "65536"),
        (
            "import sys\nwhile True: sys.stderr.write('y')",
            ExitKind.OUTPUT_LIMIT,
            "65536",
        ),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", ExitKind.SIGNALED, "11"),
        ("raise SystemExit(7)", ExitKind.EXITED, "code 7"),
        ("1 / 0", ExitKind.EXITED, "code 1"),
    ],
    ids=[
        "endless-loop", "sleep", "ignores-sigterm", "memory-hog", "memory-hog-child", "full-disk",
        "no-inodes", "endless-output", "endless-stderr", "signal", "exit-code", "exception",
    ],
)  # fmt: skip
def test_a_run_that_is_cut_off_says_by_what(
    workshop: Workshop,
    tiny_task: Callable[..., Task],
    submit: Callable[..., str],
    code: str,
    kind: ExitKind,
    words: str,
) -> None:
    evidence = grade(workshop, tiny_task(), submit({"add.py": code})).evidence
    assert evidence.state is State.GRADED
    assert [run.exit_kind for run in evidence.runs] == [kind, kind]
    assert words in evidence.runs[0].detail
    assert set(outcomes(evidence).values()) == {Outcome.NOT_RUN}
    assert evidence.points == 0
    assert evidence.max_points == 3
    assert "public" in evidence.checks[0].detail


def test_a_missing_deliverable_fails_the_check(
    workshop: Workshop, tiny_task: Callable[..., Task], submit: Callable[..., str]
) -> None:
    evidence = grade(workshop, tiny_task(), submit({"add.py": "print('done')"})).evidence
    assert set(outcomes(evidence).values()) == {Outcome.FAILED}
    assert evidence.checks[0].detail == "out/sum.json was not produced"


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("import os; os.symlink('/etc/passwd', out / 'sum.json')", "not a regular file"),
        ("import os; os.mkfifo(out / 'sum.json')", "not a regular file"),
        ("(out / 'sum.json').mkdir()", "not a regular file"),
        ("(out / 'sum.json').write_text('1' * 2000)", "larger than allowed"),
        ("(out / 'sum.json').write_text('NaN')", "NaN is not JSON"),
        ("(out / 'sum.json').write_text('1e999')", "not a finite number"),
        ("(out / 'sum.json').write_bytes(b'\\xff')", "not UTF-8"),
    ],
)
def test_an_unreadable_deliverable_fails_the_check_with_the_reason(
    workshop: Workshop,
    tiny_task: Callable[..., Task],
    submit: Callable[..., str],
    code: str,
    words: str,
) -> None:
    head = "import pathlib, sys\nout = pathlib.Path(sys.argv[2])\nout.mkdir(exist_ok=True)\n"
    evidence = grade(workshop, tiny_task(), submit({"add.py": head + code})).evidence
    assert set(outcomes(evidence).values()) == {Outcome.FAILED}
    assert words in evidence.checks[0].detail


def test_a_shipped_deliverable_does_not_count(
    workshop: Workshop, tiny_task: Callable[..., Task], submit: Callable[..., str]
) -> None:
    source = submit({"add.py": "", "out/sum.json": "1"})
    evidence = grade(workshop, tiny_task(), source).evidence
    assert evidence.checks[0].detail == "out/sum.json was not produced"
    assert any("out/sum.json was handed in" in note for note in evidence.notes)


def test_a_check_with_a_bug_costs_nobody_points(
    workshop: Workshop, tiny_task: Callable[..., Task], submit: Callable[..., str]
) -> None:
    hidden = '''
"""Hidden tests."""
import pytest


@pytest.mark.check("sum-public", criterion="correctness", points=1)
def test_public(deliverables, truth):
    """Has a bug."""
    assert deliverables.json("public", "out/sum.json") == truth.json("public", "no-such.json")


@pytest.mark.check("sum-fresh", criterion="correctness", points=2)
def test_fresh(deliverables, truth):
    """The sum of fresh numbers is right."""
    assert deliverables.json("fresh", "out/sum.json") == truth.json("fresh", "sum.json")
'''
    evidence = grade(workshop, tiny_task(hidden=hidden), submit({"add.py": SOUND})).evidence
    assert evidence.state is State.GRADED
    assert outcomes(evidence) == {"sum-public": Outcome.ERROR, "sum-fresh": Outcome.PASSED}
    assert "FileNotFoundError" in evidence.checks[0].detail
    criterion = evidence.criteria[0]
    assert (criterion.points, criterion.max_points) == (2, 2)
    assert criterion.machine_state is MachineState.UNKNOWN


@pytest.mark.parametrize(
    "body",
    [
        'pytest.skip("not today")',
        'pytest.xfail("known")',
        "import no_such_module",
        "raise SystemExit(0)",
        "raise KeyboardInterrupt",
    ],
)
def test_a_check_that_does_not_judge_is_an_error(
    workshop: Workshop, tiny_task: Callable[..., Task], submit: Callable[..., str], body: str
) -> None:
    hidden = f'''
"""Hidden tests."""
import pytest


@pytest.mark.check("sum-public", criterion="correctness", points=1)
def test_public(deliverables, truth):
    """Does not judge."""
    {body}
'''
    evidence = grade(workshop, tiny_task(hidden=hidden), submit({"add.py": SOUND})).evidence
    assert evidence.state is State.GRADED
    assert outcomes(evidence) == {"sum-public": Outcome.ERROR}


def test_hidden_tests_that_end_their_process_give_no_verdict(
    workshop: Workshop, tiny_task: Callable[..., Task], submit: Callable[..., str]
) -> None:
    hidden = '''
"""Hidden tests."""
import os
import pytest


@pytest.mark.check("sum-public", criterion="correctness", points=1)
def test_public():
    """Ends the process."""
    os._exit(0)
'''
    evidence = grade(workshop, tiny_task(hidden=hidden), submit({"add.py": SOUND})).evidence
    assert evidence.state is State.NOT_GRADABLE
    assert evidence.reason.startswith("The task author's fault")
    assert evidence.checks == ()


def test_a_broken_generator_is_the_authors_fault(
    workshop: Workshop, tiny_task: Callable[..., Task], submit: Callable[..., str]
) -> None:
    variant = "def generate(seed, scenario, public, truth):\n    raise ValueError('no numbers')\n"
    evidence = grade(workshop, tiny_task(variant=variant), submit({"add.py": SOUND})).evidence
    assert evidence.state is State.NOT_GRADABLE
    assert "no numbers" in evidence.reason


def test_regrading_gives_the_same_evidence(
    workshop: Workshop, tiny_task: Callable[..., Task], submit: Callable[..., str]
) -> None:
    task, source = tiny_task(), submit({"add.py": SOUND, "WRITEUP.md": "## P1 How\nBy hand."})
    first = grade(workshop, task, source)
    second = grade(workshop, task, source, again=True)
    assert not second.reused
    once, twice = (without_times(one.evidence.model_dump(mode="json")) for one in (first, second))
    assert once == twice


def test_the_same_command_reuses_what_was_graded(
    workshop: Workshop, tiny_task: Callable[..., Task], submit: Callable[..., str]
) -> None:
    task, source = tiny_task(), submit({"add.py": SOUND})
    first = grade(workshop, task, source)
    second = grade(workshop, task, source)
    assert second.reused
    assert second.evidence == first.evidence
    assert len(workshop.records.latest()) == 1


def test_a_refused_submission_is_told_what_to_fix(
    workshop: Workshop, tiny_task: Callable[..., Task], submit: Callable[..., str]
) -> None:
    from pathlib import Path

    source = submit({"add.py": SOUND})
    (Path(source) / "link").symlink_to("/etc/passwd")
    evidence = grade(workshop, tiny_task(), source).evidence
    assert evidence.state is State.INVALID_SUBMISSION
    assert "link" in evidence.problems[0]
    assert evidence.checks == ()


def test_claims_are_held_against_measurements(
    workshop: Workshop, tiny_task: Callable[..., Task], submit: Callable[..., str]
) -> None:
    writeup = "---\nclaims:\n  total: 12\n---\n## P1 How\nI guessed.\n"
    evidence = grade(
        workshop, tiny_task(), submit({"add.py": SOUND, "WRITEUP.md": writeup})
    ).evidence
    assert [claim.verdict.value for claim in evidence.claims] == ["contradicted"]
    assert [flag.id for flag in evidence.flags] == ["claim_contradicted"]
    assert evidence.points == 3
    assert evidence.writeup.answers[0].answer == "I guessed."
    (total,) = evidence.measurements
    assert total.at_least == total.at_most == total.value != 12


@pytest.mark.parametrize(
    ("writeup", "flags"),
    [
        ("## P1 How\nI ad\u200bded\u202e.\n", ["hidden_text"]),
        ("## P1 How\nI \u2764\ufe0f it.\n", []),
    ],
    ids=["hidden", "honest"],
)
def test_hidden_text_raises_a_flag_and_changes_no_points(
    workshop: Workshop,
    tiny_task: Callable[..., Task],
    submit: Callable[..., str],
    writeup: str,
    flags: list[str],
) -> None:
    evidence = grade(
        workshop, tiny_task(), submit({"add.py": SOUND, "WRITEUP.md": writeup})
    ).evidence
    assert [flag.id for flag in evidence.flags] == flags
    assert evidence.points == 3


def test_processes_left_behind_are_stopped_and_told(
    workshop: Workshop, tiny_task: Callable[..., Task], submit: Callable[..., str]
) -> None:
    code = SOUND + (
        "\nimport subprocess\nsubprocess.Popen(['sleep', '1000'], start_new_session=True)\n"
    )
    evidence = grade(workshop, tiny_task(), submit({"add.py": code})).evidence
    assert evidence.points == 3
    ids = [flag.id for flag in evidence.flags]
    assert ids == ["processes_left", "processes_left", "tamper_suspected"]
