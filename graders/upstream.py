"""The upstream that a candidate's run speaks to: a stub in a container of its own.

It shares the candidate's network, which has a loopback and nothing else, and no more: another
user, another process namespace, other files. It holds the task's ``upstream.py`` and the scenario's
data for it. What it observed comes out as a frame on its own stdio once the run has ended.

Who is at fault decides the word: ``upstream.py`` that does not load is the author's. A stub that
ends or falls silent later may be the author's, the machine's or the candidate's doing, and which
cannot be told: nothing is concluded, no points either way, and a person reads why.
"""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from graders.errors import StubGoneError, UpstreamError
from graders.guests import PYTHON, agent_command, stub_sources
from sandbox.errors import GuestGoneError, GuestProtocolError, GuestTimeoutError
from sandbox.model import MIB, ContainerSpec, Limits, Role
from sandbox.strict_json import StrictJsonError, loads_object

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from sandbox.base import Container, Sandbox
    from sandbox.frames import Frame

DATA_PREFIX: Final = "upstream/"
"""Files of the truth below this folder go to the stub; to nothing else but the hidden tests."""
STUB_LIMITS: Final = Limits(memory_bytes=256 * MIB, cpus=1.0, pids=32, disk_bytes=64 * MIB)
MAX_LOG_BYTES: Final = 32 * MIB
MAX_RECORD_DEPTH: Final = 8
READY_S: Final = 20.0
WAIT_S: Final = 30.0

Count = Annotated[int, Field(ge=0, strict=True)]
Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class LogHead(_Part):
    """The header of the frame with the log."""

    t: Literal["log"]
    records: Count
    unlogged: Count
    turned_away: Count
    stall_s: Seconds
    failure: Annotated[str, Field(max_length=4000)]


class LogRecord(_Part):
    """One request, as the stub saw it."""

    n: Count
    at: Seconds
    connection: Count
    method: Annotated[str, Field(max_length=16)]
    target: Annotated[str, Field(max_length=500)]
    refused: Annotated[str, Field(max_length=500)]
    status: Annotated[int, Field(ge=0, le=599, strict=True)]
    answered_at: Seconds | None
    sent_bytes: Count
    whole: Annotated[bool, Field(strict=True)]
    note: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """What a stub observed of one run."""

    head: LogHead
    lines: bytes
    """A record of strict JSON on each line."""


def read_log(frame: Frame) -> Observed:
    """Return what a frame says that holds a log.

    Raises:
        GuestProtocolError: it is not exactly that.
    """
    try:
        head = LogHead.model_validate(frame.header)
        lines = frame.body.splitlines()
        if len(lines) != head.records:
            raise GuestProtocolError(f"{len(lines)} records instead of {head.records}")
        for number, line in enumerate(lines, start=1):
            record = LogRecord.model_validate(loads_object(line, max_depth=MAX_RECORD_DEPTH))
            if record.n != number:
                raise GuestProtocolError(f"record {record.n} in the place of {number}")
    except (ValidationError, StrictJsonError) as error:
        raise GuestProtocolError(f"a log that breaks the protocol: {str(error)[:300]}") from error
    return Observed(head=head, lines=frame.body)


@dataclass(frozen=True, slots=True, kw_only=True)
class StubRequest:
    """What to start."""

    sandbox: Sandbox
    image: str
    source: bytes
    """Of the task's ``upstream.py``."""
    port: int
    truth: Mapping[str, bytes]
    """The scenario's; what is not the upstream's stays here."""
    join_network_of: str
    run_id: str

    @property
    def files(self) -> dict[str, bytes]:
        """Everything of the task's that goes into the container, by path there."""
        data = upstream_files(self.truth).items()
        return {"stub/upstream.py": self.source, **{f"scenario/{p}": raw for p, raw in data}}


def upstream_files(truth: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return a scenario's files for the upstream, by path below its folder."""
    return {
        path.removeprefix(DATA_PREFIX): content
        for path, content in truth.items()
        if path.startswith(DATA_PREFIX)
    }


class Stub:
    """A stub that is ready; leaving the ``with`` block ends it."""

    def __init__(self, request: StubRequest) -> None:
        """Start it and wait until it serves.

        Raises:
            UpstreamError: ``upstream.py`` does not load: the author's fault.
            StubGoneError: it ended before it served.
            SandboxError: the machine failed.
        """
        self._container = request.sandbox.start(
            ContainerSpec(
                role=Role.STUB,
                image=request.image,
                command=agent_command(),
                limits=STUB_LIMITS,
                env={"PYTHONUNBUFFERED": "1"},
                run_id=request.run_id,
                join_network_of=request.join_network_of,
                max_frame_bytes=MAX_LOG_BYTES,
                max_stream_bytes=2 * MAX_LOG_BYTES,
            )
        )
        with ExitStack() as on_failure:
            on_failure.push(self._container)
            try:
                _fill(self._container, request)
                self._expect_ready()
            except (GuestGoneError, GuestTimeoutError, GuestProtocolError) as error:
                raise self._gone("before it was ready", error) from error
            on_failure.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._container.__exit__(kind, value, trace)

    def begin(self) -> None:
        """Set its clock to zero.

        Raises:
            StubGoneError: it no longer answers.
        """
        self._ask("begin", "begun", "before the run began")

    def finish(self) -> Observed:
        """Return what it observed so far.

        Raises:
            StubGoneError: it no longer answers, or not with a log.
        """
        frame = self._ask("finish", "log", "under the run")
        try:
            return read_log(frame)
        except GuestProtocolError as error:
            raise self._gone("after the run", error) from error

    def _ask(self, op: str, answer: str, when: str) -> Frame:
        try:
            self._container.send({"op": op}, timeout_s=WAIT_S)
            frame = self._container.receive(timeout_s=WAIT_S)
        except (GuestGoneError, GuestTimeoutError, GuestProtocolError) as error:
            raise self._gone(when, error) from error
        if frame.header.get("t") != answer:
            raise self._gone(when, GuestProtocolError(f"unexpected {str(frame.header)[:200]}"))
        return frame

    def _expect_ready(self) -> None:
        deadline = time.monotonic() + READY_S
        while True:
            frame = self._container.receive(timeout_s=deadline - time.monotonic())
            match frame.header.get("t"):
                case "synced":
                    continue
                case "ready":
                    return
                case "failed":
                    raise UpstreamError(f"upstream.py: {frame.header.get('reason')}")
                case _:
                    raise GuestProtocolError(f"unexpected {str(frame.header)[:300]}")

    def _gone(self, when: str, error: Exception) -> StubGoneError:
        words = self._container.error_output()[-300:].strip()
        memory = self._container.end().out_of_memory
        how = "its container ran out of memory" if memory else str(error)
        return StubGoneError(f"the upstream's stub failed {when} ({how}). {words}".strip())


def _fill(container: Container, request: StubRequest) -> None:
    container.send({"op": "make_dirs", "paths": ["scenario"]})
    for name, source in stub_sources().items():
        container.send({"op": "put", "path": f"stub/{name}"}, source)
    for path, content in request.files.items():
        container.send({"op": "put", "path": path}, content)
    container.send({"op": "sync"})
    script = [PYTHON, "-I", "/work/stub/stub_main.py", str(request.port)]
    container.send({"op": "become", "argv": script})
