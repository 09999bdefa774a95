"""Run a candidate's own work on the candidate's own machine: the one place where that happens.

The exception to the rule that the host never executes a submission. It is for ``worksample check``,
by which those who wrote the code, and run it all day anyway, look at it before they hand it in;
where there is no engine, or they ask for it; said before and after; and nobody is judged by what
comes out. Nothing that grades imports this module: a contract of the linter and a test hold that.

There are no walls here: no limits but that on time, and the packages of a virtual environment.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from graders.material import SubmissionFile
    from graders.notebook import RebuiltNotebook
    from tasks.model import Task

_FOREIGN: Final = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalWork:
    """What to run, and on which Python."""

    task: Task
    files: tuple[SubmissionFile, ...]
    notebook: RebuiltNotebook | None
    data: Mapping[str, bytes]
    python: Path
    """Of a virtual environment."""


class LocalPlace:
    """A temporary folder with the submission and its data, and commands that run in it."""

    def __init__(self, root: Path, work: LocalWork) -> None:
        self.work = work
        self.submission = root / "submission"
        self.out = self.submission / "out"
        self.ours = root / "ours"
        self._root = root
        self._count = 0

    def fill(self) -> None:
        """Put the files in place, in a fresh folder."""
        self._count += 1
        self.submission = self._root / f"submission-{self._count}"
        self.out = self.submission / "out"
        produced = {one.path for one in self.work.task.run_deliverables}
        for item in self.work.files:
            inside_out = item.path.startswith("out/")
            if item.path not in produced and not inside_out:
                write_file(self.submission / item.path, item.content, executable=item.executable)
        for path, content in self.work.data.items():
            write_file(self._root / "data" / path, content)
        self.out.mkdir(parents=True)

    @property
    def data(self) -> str:
        """The folder of the data."""
        return str(self._root / "data")

    @property
    def env(self) -> dict[str, str]:
        """What commands find in their environment."""
        folder = self.work.python.parent
        mine = {key: value for key, value in os.environ.items() if key not in _FOREIGN}
        path = os.pathsep.join([str(folder), os.environ.get("PATH", os.defpath)])
        threads = str(max(1, round(self.work.task.limits.cpus)))
        return mine | {
            "PATH": path,
            "VIRTUAL_ENV": str(folder.parent),
            "DATA_DIR": self.data,
            "OUT_DIR": str(self.out),
            "IPYTHONDIR": str(self.ours / "ipython"),
            "MPLBACKEND": "Agg",
            "PYTHONUNBUFFERED": "1",
            "OMP_NUM_THREADS": threads,
        }

    def run(self, argv: Sequence[str], *, wall_time_s: float) -> Ended:
        """Run a command to its end or to the limit of time; what it leaves running is ended."""
        started = time.monotonic()
        with self.started(argv) as process:
            try:
                code: int | None = process.popen.wait(wall_time_s)
            except subprocess.TimeoutExpired:
                code = None
            seconds = time.monotonic() - started
            end_group(process.popen)
            return Ended(
                code=code,
                seconds=seconds,
                stdout=read_so_far(process.out),
                stderr=read_so_far(process.err),
            )

    @contextlib.contextmanager
    def started(self, argv: Sequence[str]) -> Iterator[Process]:
        """Give a process in a group of its own, which is ended with the block."""
        with (
            tempfile.TemporaryFile(dir=self._root) as out,
            tempfile.TemporaryFile(dir=self._root) as err,
        ):
            popen = subprocess.Popen(
                argv, cwd=self.submission, env=self.env, stdin=subprocess.DEVNULL,
                stdout=out, stderr=err, start_new_session=True,
            )  # fmt: skip
            try:
                yield Process(popen=popen, out=out, err=err)
            finally:
                end_group(popen)


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """A process under way, and the files it writes to."""

    popen: subprocess.Popen[bytes]
    out: IO[bytes]
    err: IO[bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a command ended; no code if it was stopped for its time."""

    code: int | None
    seconds: float
    stdout: bytes
    stderr: bytes


def end_group(process: subprocess.Popen[bytes]) -> None:
    """End a process and its group."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def read_so_far(file: IO[bytes], *, at_most: int = 64 << 20) -> bytes:
    """Return what a process has written so far, which is the end of the file it writes to."""
    return os.pread(file.fileno(), at_most, 0)


def write_file(path: Path, content: bytes, *, executable: bool = False) -> None:
    """Write a file, its folders included."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    path.chmod(0o755 if executable else 0o644)
