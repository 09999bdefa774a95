"""One candidate container: the submission in place, commands run one after the other.

Everything the guest says is a claim about data. What decides the exit kind is the host's clock and
the engine's word; the guest's claims of a full disk or of too much output only ever hurt the
candidate who could forge them.
"""

from __future__ import annotations

import contextlib
import time
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, Self, get_args

from graders.evidence import DeliverableState, ExitKind
from graders.guests import agent_command
from sandbox.errors import GuestGoneError, GuestProtocolError, GuestTimeoutError, SandboxError
from sandbox.model import MIB, ContainerSpec, Limits, Role

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from types import TracebackType

    from sandbox.base import Container, Sandbox
    from sandbox.frames import Frame

SUBMISSION: Final = "submission"
DATA: Final = "data"
_PAGE_BYTES: Final = 4096
GUEST_WAIT_S: Final = 30.0
"""How long the guest may take for what is its own work, not the candidate's."""
_FILE_STATES: Final[tuple[DeliverableState, ...]] = get_args(DeliverableState)

ENVIRONMENT: Final = {
    "HOME": "/work/home",
    "TMPDIR": "/tmp",  # noqa: S108 - inside the container
    "PATH": "/opt/venv/bin:/usr/local/bin:/usr/bin:/bin",
    "LANG": "C.UTF-8",
    "MPLBACKEND": "Agg",
    "PYTHONUNBUFFERED": "1",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One command of the candidate's."""

    argv: tuple[str, ...]
    wall_time_s: float
    env: Mapping[str, str] = field(default_factory=dict)
    stdin: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandResult:
    """How it went. Seconds are the host's, memory the engine's."""

    exit_kind: ExitKind
    exit_code: int | None
    detail: str
    wall_time_s: float
    cpu_time_s: float
    memory_peak_bytes: int
    stdout: bytes
    stderr: bytes
    output_truncated: bool
    leftover_processes: int
    daemons: int = 0
    """How many of these had left the command's session."""
    listening: int = 0
    """Sockets that still listened."""
    claims_oom: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """One declared file, as the guest handed it over."""

    path: str
    state: DeliverableState
    size: int
    content: bytes


def room_for(contents: Iterable[bytes]) -> int:
    """Return the bytes that files of these contents take on a tmpfs, which has whole pages only."""
    return sum(-(-len(content) // _PAGE_BYTES) * _PAGE_BYTES for content in contents)


def rounded_up(size: int) -> int:
    """Return a number of bytes, up to an eighth more: submissions alike get containers alike."""
    step = max(MIB, 1 << max(0, size.bit_length() - 4))
    return -(-size // step) * step


class SpoiledError(Exception):
    """What the candidate's code left behind keeps its container from going on: its own outcome."""


class CandidateSession:
    """A candidate container; leaving the ``with`` block ends it, and so does a run cut off."""

    def __init__(
        self,
        sandbox: Sandbox,
        *,
        image: str,
        limits: Limits,
        input_bytes: int,
        run_id: str,
        extra_syscalls: tuple[str, ...] = (),
    ) -> None:
        """Start the container; the tmpfs has room for the inputs beyond ``limits.disk_bytes``."""
        self._limits = limits
        room = limits.disk_bytes + rounded_up(input_bytes) + MIB
        self.container: Container = sandbox.start(
            ContainerSpec(
                role=Role.CANDIDATE,
                image=image,
                command=agent_command(),
                limits=replace(limits, disk_bytes=room),
                extra_syscalls=extra_syscalls,
                env=ENVIRONMENT,
                run_id=run_id,
                max_frame_bytes=128 * MIB,
            )
        )
        self.ended = False
        self.out_of_memory = False
        self._touched = False
        with ExitStack() as on_failure:
            on_failure.push(self.container)
            self.container.send({"op": "make_dirs", "paths": [SUBMISSION, DATA, "home"]})
            on_failure.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if value is None:
            self.end()
        else:
            self.container.__exit__(kind, value, trace)

    def end(self) -> None:
        """End the container and take the engine's word on memory. May be called again."""
        self.ended = True
        self.out_of_memory = self.container.end().out_of_memory

    def place(self, folder: str, files: Iterable[tuple[str, bytes, bool]]) -> None:
        """Put files (path, content, executable) below ``folder``; raises what `sync` raises."""
        with self._while_the_guest_works():
            for path, content, executable in files:
                header = {
                    "op": "put",
                    "path": f"{folder}/{path}",
                    "mode": 0o755 if executable else 0o644,
                }
                self.container.send(header, content)
        self.sync()

    def replace_data(self, files: Mapping[str, bytes]) -> None:
        """Empty the data folder and put these files there."""
        self.clear(DATA)
        self.place(DATA, ((path, content, False) for path, content in files.items()))

    def clear(self, folder: str) -> None:
        """Empty a folder; `sync` says if that failed."""
        with self._while_the_guest_works():
            self.container.send({"op": "clear", "path": folder})

    def sync(self) -> None:
        """Wait until all files are in place.

        Raises:
            SpoiledError: one could not be written, after the candidate's code had run.
            SandboxError: one could not be written, or the machine failed.
        """
        failed = ""
        deadline = time.monotonic() + GUEST_WAIT_S
        with self._while_the_guest_works():
            self.container.send({"op": "sync"})
            while True:
                answer = self.container.receive(timeout_s=deadline - time.monotonic())
                if answer.header.get("t") == "synced":
                    break
                words = f"{answer.header.get('path')}: {answer.header.get('reason')}"
                failed = failed or words[:500]
        if failed and self._touched:
            raise SpoiledError(f"The container could no longer take {failed}.")
        if failed:
            raise SandboxError(f"The container could not take {failed}")

    def run(self, command: Command) -> CommandResult:
        """Run a command to its end or to a limit.

        Raises:
            SandboxError: the machine failed, not the candidate.
        """
        request = {
            "op": "run",
            "argv": list(command.argv),
            "cwd": SUBMISSION,
            "env": dict(command.env),
            "output_bytes": self._limits.output_bytes,
        }
        self._touched = True
        cpu_before = self.container.usage().cpu_time_s
        output = _Output(self._limits.output_bytes)
        started = time.monotonic()
        try:
            self.container.send(request, command.stdin)
            done: Frame | None = output.read(self.container, started + command.wall_time_s)
        except GuestTimeoutError:
            done = None
        except GuestGoneError:
            return self._gone(output, time.monotonic() - started)
        seconds = time.monotonic() - started
        usage = self.container.usage()
        if done is None:
            self.end()
        kind, code, detail = self._classify(done, command.wall_time_s)
        header = done.header if done else {}
        return CommandResult(
            exit_kind=kind,
            exit_code=code,
            detail=detail,
            wall_time_s=seconds,
            cpu_time_s=max(0.0, usage.cpu_time_s - cpu_before),
            memory_peak_bytes=usage.memory_peak_bytes,
            stdout=bytes(output.streams[1]),
            stderr=bytes(output.streams[2]),
            output_truncated=bool(header.get("output_limit")),
            leftover_processes=_int(header.get("leftovers")),
            daemons=_int(header.get("daemons")),
            listening=_int(header.get("listening")),
            claims_oom=_int(header.get("oom_kills")) > 0,
        )

    def collect(self, wanted: Sequence[tuple[str, int]]) -> tuple[Collected, ...]:
        """Take declared files (path relative to the submission, cap in bytes).

        Raises:
            SpoiledError: the container ran out of memory over it.
            SandboxError: the machine failed.
        """
        files = [{"path": f"{SUBMISSION}/{path}", "max_bytes": cap} for path, cap in wanted]
        with self._while_the_guest_works():
            self.container.send({"op": "collect", "files": files})
            return tuple(self._collect_one(path, cap) for path, cap in wanted)

    def _collect_one(self, path: str, cap: int) -> Collected:
        answer = self.container.receive(timeout_s=GUEST_WAIT_S)
        header = answer.header
        state = next((one for one in _FILE_STATES if one == header.get("state")), None)
        if header.get("path") != f"{SUBMISSION}/{path}" or state is None:
            raise GuestProtocolError(f"asked for {path}, got {str(header)[:200]}")
        if len(answer.body) > cap:
            raise GuestProtocolError(f"{path} has {len(answer.body)} bytes, the cap is {cap}")
        size = len(answer.body) if state == "ok" else _int(header.get("size"))
        return Collected(path=path, state=state, size=size, content=answer.body)

    def find_files(self, names: Sequence[str]) -> tuple[str, ...]:
        """Return files of the submission or of ``/tmp`` whose names match, at most 20."""
        found = self.ask({"op": "survey", "names": list(names)}).header.get("paths")
        return tuple(str(path)[:200] for path in found[:20]) if isinstance(found, list) else ()

    def ask(self, header: Mapping[str, object], body: bytes = b"") -> Frame:
        """Send one request of the remote control and return its answer.

        Raises:
            SpoiledError: the container ran out of memory under the candidate's code.
            SandboxError: the machine failed.
        """
        self._touched = self._touched or header.get("op") == "spawn"
        with self._while_the_guest_works():
            self.container.send(header, body)
            return self.container.receive(timeout_s=GUEST_WAIT_S)

    @contextlib.contextmanager
    def _while_the_guest_works(self) -> Iterator[None]:
        """Judge a container that ends outside of a run, by what the candidate's code left in it.

        A guest that no longer answers because the candidate's code ran the container out of memory
        is one of these; any other that does not answer is the machine's fault.
        """
        try:
            yield
        except GuestTimeoutError:
            self.end()
            if self._touched and self.out_of_memory:
                raise SpoiledError(self.memory_words) from None
            raise
        except GuestGoneError:
            self._end_for_memory()
            if self._touched:
                raise SpoiledError(self.memory_words) from None
            words = f"{self._limits.memory_bytes} bytes of memory are too few for the inputs alone."
            raise SandboxError(words) from None

    def _classify(self, done: Frame | None, wall_time_s: float) -> tuple[ExitKind, int | None, str]:
        if done is None and self.out_of_memory:
            return ExitKind.OUT_OF_MEMORY, None, self.memory_words
        if done is None:
            return ExitKind.TIMED_OUT, None, f"Stopped at the limit of {wall_time_s:g} s."
        code = done.header.get("code")
        code = code if isinstance(code, int) and not isinstance(code, bool) else None
        cut_off = self._cut_off(done, code)
        if cut_off is not None:
            return cut_off
        if code is None:
            return ExitKind.SIGNALED, None, f"Ended by signal {_int(done.header.get('signal'))}."
        return ExitKind.EXITED, code, "" if code == 0 else f"Exited with code {code}."

    def _cut_off(self, done: Frame, code: int | None) -> tuple[ExitKind, int | None, str] | None:
        """Return which limit cut the command off, if one did."""
        if done.header.get("output_limit"):
            limit = self._limits.output_bytes
            return ExitKind.OUTPUT_LIMIT, None, f"Stopped at {limit} bytes of output."
        if _int(done.header.get("oom_kills")) > 0:
            return ExitKind.OUT_OF_MEMORY, code, self.memory_words
        if done.header.get("disk_full") and code != 0:
            limit = self._limits.disk_bytes
            return ExitKind.DISK_FULL, code, f"The disk was full ({limit} bytes beyond the inputs)."
        return None

    @property
    def memory_words(self) -> str:
        """What there is to say where the container ran out of memory."""
        return f"Needed more than the limit of {self._limits.memory_bytes} bytes of memory."

    def _end_for_memory(self) -> None:
        """End a container whose main process is gone.

        That cannot be killed from inside but by the kernel for memory: anything else came from
        outside, and that is nobody's score.
        """
        self.end()
        if not self.out_of_memory:
            raise SandboxError(
                f"A candidate container ended from outside. {self.container.error_output()[-300:]}"
            )

    def _gone(self, output: _Output, seconds: float) -> CommandResult:
        """Judge a container that ended under a command."""
        self._end_for_memory()
        return CommandResult(
            exit_kind=ExitKind.OUT_OF_MEMORY,
            exit_code=None,
            detail=self.memory_words,
            wall_time_s=seconds,
            cpu_time_s=0.0,
            memory_peak_bytes=self._limits.memory_bytes,
            stdout=bytes(output.streams[1]),
            stderr=bytes(output.streams[2]),
            output_truncated=False,
            leftover_processes=0,
            claims_oom=True,
        )


class _Output:
    """Stdout and stderr of one command, as they come."""

    def __init__(self, max_bytes: int) -> None:
        self.streams = {1: bytearray(), 2: bytearray()}
        self._left = max_bytes

    def read(self, container: Container, deadline: float) -> Frame:
        """Return the ``done`` frame.

        Raises:
            GuestProtocolError: what came is not what a command says, or more of it than asked for.
        """
        while True:
            frame = container.receive(timeout_s=deadline - time.monotonic())
            if frame.header.get("t") == "done":
                return frame
            stream = self.streams.get(_int(frame.header.get("fd")))
            if frame.header.get("t") != "out" or stream is None:
                raise GuestProtocolError(f"unexpected {str(frame.header)[:200]}")
            self._left -= len(frame.body)
            if self._left < 0:
                raise GuestProtocolError("the guest passed on more output than it was told to")
            stream += frame.body


def _int(value: object) -> int:
    """Return a count that the guest claims; 0 for what is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0
