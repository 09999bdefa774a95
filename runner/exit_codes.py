"""What the command line's exit code says. The README's table is held to this one by a test."""

from __future__ import annotations

import enum
from typing import Final

from graders.errors import GraderError
from runner.errors import (
    LocalPythonError,
    NoRoomError,
    ProofError,
    RecordsError,
    RunnerError,
    WorkerError,
)
from runner.intake.errors import SourceNotFoundError
from sandbox.errors import SandboxError
from tasks.errors import TaskError


class ExitCode(enum.IntEnum):
    """Exit codes; the points of a submission never decide one."""

    DONE = 0
    VARIES = 1
    USAGE = 2
    TASK_INVALID = 3
    SUBMISSION_INVALID = 4
    SANDBOX_UNAVAILABLE = 5
    NOT_GRADABLE = 6
    UNEXPECTED = 70
    INTERRUPTED = 130


MEANINGS: Final = {
    ExitCode.DONE: "done, whatever the points",
    ExitCode.VARIES: "`--check-determinism` found checks that vary",
    ExitCode.USAGE: "the command line is wrong",
    ExitCode.TASK_INVALID: "a task or its hidden tests are broken",
    ExitCode.SUBMISSION_INVALID: "a submission could not be taken; the reason says what to fix",
    ExitCode.SANDBOX_UNAVAILABLE: "no container engine, no image, or records that cannot be used",
    ExitCode.NOT_GRADABLE: "a submission could not be judged, through no fault of the candidate; "
    "the same command tries again",
    ExitCode.UNEXPECTED: "a bug of ours",
    ExitCode.INTERRUPTED: "interrupted; nothing half-done is kept",
}

BY_ERROR: Final[tuple[tuple[type[Exception], ExitCode], ...]] = (
    (TaskError, ExitCode.TASK_INVALID),
    (GraderError, ExitCode.TASK_INVALID),
    (ProofError, ExitCode.TASK_INVALID),
    (SandboxError, ExitCode.SANDBOX_UNAVAILABLE),
    (RecordsError, ExitCode.SANDBOX_UNAVAILABLE),
    (NoRoomError, ExitCode.SANDBOX_UNAVAILABLE),
    (WorkerError, ExitCode.SANDBOX_UNAVAILABLE),
    (LocalPythonError, ExitCode.SANDBOX_UNAVAILABLE),
    (SourceNotFoundError, ExitCode.USAGE),
    (RunnerError, ExitCode.USAGE),
)


def exit_code_of(error: Exception) -> ExitCode:
    """Return the exit code that an error ends the command with."""
    for kind, code in BY_ERROR:
        if isinstance(error, kind):
            return code
    return ExitCode.UNEXPECTED
