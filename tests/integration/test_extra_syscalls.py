"""A call that the task adds reaches its candidates' containers, and the evidence says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from runner.pipeline import GradeRequest, grade_submission
from sandbox.seccomp import seccomp_digest
from tasks.loader import load_task

if TYPE_CHECKING:
    from collections.abc import Callable

    from graders.evidence import Evidence
    from runner.workshop import Workshop
    from tasks.model import Task

pytestmark = pytest.mark.docker

QUEUES = """
import ctypes, json, os, pathlib, sys
libc = ctypes.CDLL(None, use_errno=True)
queue = libc.mq_open(b"/numbers", os.O_CREAT | os.O_RDWR, 0o600, None)
if queue < 0:
    sys.exit(os.strerror(ctypes.get_errno()))
libc.mq_unlink(b"/numbers")
data, out = map(pathlib.Path, sys.argv[1:])
(out / "sum.json").write_text(json.dumps(sum(json.loads((data / "numbers.json").read_text()))))
"""


def grade(workshop: Workshop, task: Task, source: str) -> Evidence:
    return grade_submission(
        workshop, GradeRequest(task=task, source=source, candidate="LYNX-1")
    ).evidence


def test_a_call_that_the_task_adds_works_and_is_on_record(
    workshop: Workshop, tiny_task: Callable[..., Task], submit: Callable[..., str]
) -> None:
    source = submit({"add.py": QUEUES})
    plain = tiny_task()
    refused = grade(workshop, plain, source)
    with (plain.path / "task.toml").open("a") as file:
        file.write('\n[sandbox]\nextra_syscalls = ["mq_unlink", "mq_open"]\n')
    allowed = grade(workshop, load_task(plain.path), source)

    assert refused.points == 0
    assert {run.stderr for run in refused.runs} == {"Operation not permitted\n"}
    assert allowed.points == allowed.max_points == 3
    assert refused.provenance is not None
    assert allowed.provenance is not None
    assert refused.provenance.extra_syscalls == ()
    assert refused.provenance.seccomp_digest == seccomp_digest()
    assert allowed.provenance.extra_syscalls == ("mq_unlink", "mq_open")
    assert allowed.provenance.seccomp_digest == seccomp_digest(["mq_open", "mq_unlink"])
