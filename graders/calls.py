"""Call the candidate's functions in a container of their own; every answer is a claim, checked.

The frames that the hidden tests' side wrote go to ``sandbox/guest/caller.py`` as they are. What
comes back is held against :data:`Answer` and its own lengths before a byte of it goes on to the
grade container. Whatever the candidate's code does is a :class:`CallOutcome`, never an exception.
"""

from __future__ import annotations

import enum
import math
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from graders.guests import PYTHON, caller_sources
from graders.session import GUEST_WAIT_S, SUBMISSION
from sandbox.errors import GuestGoneError, GuestProtocolError, GuestTimeoutError, SandboxError
from sandbox.frames import FrameDecoder, encode
from sandbox.model import MIB

if TYPE_CHECKING:
    from collections.abc import Sequence

    from graders.session import CandidateSession
    from sandbox.frames import Frame

MAX_ANSWER_BYTES: Final = 64 * MIB
MAX_WEIGHT_BYTES: Final = 384 * MIB
"""Of the answers to one request together, once they are values: the grade container holds them."""
STRING_BYTES: Final = 128
JSON_FACTOR: Final = 32
"""What a string, and a byte of JSON, take there at most: an empty list is two bytes here."""
RENEW_BYTES: Final = 256 * MIB
"""After so much came out of a container it is ended, far below the cap on its output."""
IMPORT_S: Final = 20.0
"""Seconds for importing a function, before its first call and not on its clock."""
ITEM_BYTES: Final = {
    "|b1": 1, "|i1": 1, "|u1": 1, "<i2": 2, "<u2": 2, "<i4": 4, "<u4": 4, "<i8": 8, "<u8": 8,
    "<f4": 4, "<f8": 8, "<M8[ns]": 8,
}  # fmt: skip
"""The dtypes that cross; a test holds them against ``graders/inside/values.py``."""

Size = Annotated[int, Field(ge=0, le=MAX_ANSWER_BYTES, strict=True)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Buffer(_Part):
    """One array, list of strings or run of bytes in the body."""

    dtype: Literal[
        "|b1", "|i1", "|u1", "<i2", "<u2", "<i4", "<u4", "<i8", "<u8", "<f4", "<f8", "<M8[ns]",
        "text", "bytes",
    ]  # fmt: skip
    shape: Annotated[tuple[Size, ...], Field(max_length=8)]
    bytes: Size

    @property
    def fits(self) -> bool:
        """Whether shape and size say the same."""
        items = math.prod(self.shape)
        match self.dtype:
            case "text":
                return len(self.shape) == 1 and self.bytes >= 4 * items
            case "bytes":
                return self.shape == (self.bytes,)
            case _:
                return items * ITEM_BYTES[self.dtype] == self.bytes

    @property
    def weight(self) -> int:
        """Bytes that it takes as a value."""
        return self.bytes + STRING_BYTES * (self.shape[0] if self.dtype == "text" else 0)


class Returned(_Part):
    """The function returned; ``ok`` is the value as ``graders/inside/values.py`` writes it."""

    id: Annotated[int, Field(strict=True)]
    ok: Any
    buffers: Annotated[tuple[Buffer, ...], Field(max_length=2000)]


class Raised(_Part):
    """The function raised."""

    class Words(_Part):
        """The exception, in words."""

        type: Annotated[str, Field(max_length=100)]
        text: Annotated[str, Field(max_length=300)]

    id: Annotated[int, Field(strict=True)]
    raised: Words
    buffers: Annotated[tuple[Buffer, ...], Field(max_length=0)]


class Unusable(_Part):
    """The function returned something that cannot be handed over."""

    id: Annotated[int, Field(strict=True)]
    unusable: Annotated[str, Field(max_length=300)]
    buffers: Annotated[tuple[Buffer, ...], Field(max_length=0)]


Answer: Final[TypeAdapter[Returned | Raised | Unusable]] = TypeAdapter(Returned | Raised | Unusable)


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of an answer's header."""
    return Answer.json_schema()


class CallState(enum.StrEnum):
    """What became of a call."""

    RETURNED = "returned"
    RAISED = "raised"
    UNUSABLE = "unusable"
    """It returned something that cannot be handed over."""
    VIOLATION = "violation"
    """What came back is no answer to the question."""
    TIMED_OUT = "timed_out"
    ENDED = "ended"
    """The process ended instead of answering."""
    OUT_OF_MEMORY = "out_of_memory"
    NOT_REACHED = "not_reached"
    """A call before it in the same batch, or too many before, ended the process."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallOutcome:
    """One call; ``head`` and ``body`` are there if it returned. Seconds are the host's."""

    state: CallState
    words: str = ""
    seconds: float = 0.0
    head: bytes = b""
    body: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRequest:
    """Calls of one function that go over in one frame."""

    function: str
    """``module:function``, which also stands in each frame."""
    ids: Sequence[int]
    frames: bytes
    """The encoded frames of all calls, one after the other."""
    timeout_s: float
    """For each call."""
    total_s: float
    """For all together."""


class Caller:
    """The process in a candidate container that calls functions; after a fault it is over."""

    def __init__(self, session: CandidateSession) -> None:
        """Start the process.

        Raises:
            SandboxError: the machine failed; nothing of the candidate's ran yet.
        """
        self._session = session
        self._found: set[str] = set()
        self._received_bytes = 0
        files = ((name, source, False) for name, source in caller_sources().items())
        session.place(".caller", files)
        opened = session.ask(
            {
                "op": "call_open",
                "argv": [PYTHON, "/work/.caller/caller.py"],
                "cwd": SUBMISSION,
                "env": {"OMP_NUM_THREADS": "1", "PYTHONHASHSEED": "0"},
            }
        )
        if opened.header.get("ok") is not True:
            raise SandboxError(f"The caller did not start: {opened.header.get('reason')}")

    @property
    def usable(self) -> bool:
        """Whether more calls can be made."""
        return not self._session.ended

    def end(self) -> None:
        """End the container."""
        self._session.end()

    def call(self, request: CallRequest) -> list[CallOutcome]:
        """Make the calls of one request, in order.

        Raises:
            SandboxError: the machine failed, not the candidate.
        """
        if request.function not in self._found:
            (found,) = self._converse(_search_for(request.function))
            if found.state is not CallState.RETURNED:
                return [replace(found, words=f"importing it: {found.words}")] * len(request.ids)
            self._found.add(request.function)
        return self._converse(request)

    def _converse(self, request: CallRequest) -> list[CallOutcome]:
        conversation = _Conversation(self._session, request)
        fault = conversation.run()
        outcomes = conversation.outcomes
        self._received_bytes += conversation.received_bytes
        if fault is not None:
            self._session.end()
            outcomes.append(fault)
            words = f"the call before it: {fault.words}"
            missing = len(request.ids) - len(outcomes)
            outcomes += [CallOutcome(state=CallState.NOT_REACHED, words=words)] * missing
        elif self._received_bytes > RENEW_BYTES:
            self._session.end()
        return outcomes


def _search_for(function: str) -> CallRequest:
    head = {"id": 0, "function": function, "buffers": []}
    return CallRequest(
        function=function, ids=(0,), frames=encode(head), timeout_s=IMPORT_S, total_s=IMPORT_S
    )


class _Conversation:
    """One request and what comes back, on the host's clock."""

    def __init__(self, session: CandidateSession, request: CallRequest) -> None:
        self.outcomes: list[CallOutcome] = []
        self.received_bytes = 0
        self._weight = 0
        self._session = session
        self._request = request
        self._decoder = FrameDecoder(max_body_bytes=MAX_ANSWER_BYTES)
        self._started = time.monotonic()
        self._total = self._started + request.total_s
        self._deadline = self._started + request.timeout_s

    def run(self) -> CallOutcome | None:
        """Collect the outcomes; return the one that ended the process, if one did."""
        container, request = self._session.container, self._request
        header = {"op": "call", "count": len(request.ids), "max_bytes": MAX_ANSWER_BYTES + MIB}
        try:
            container.send(header, request.frames, timeout_s=GUEST_WAIT_S)
            while len(self.outcomes) < len(request.ids):
                left = min(self._deadline, self._total) - time.monotonic()
                fault = self._take(container.receive(timeout_s=left))
                if fault is not None:
                    return fault
        except GuestTimeoutError:
            seconds = time.monotonic() - self._started
            return CallOutcome(
                state=CallState.TIMED_OUT, words=f"no answer after {seconds:.1f} s", seconds=seconds
            )
        except GuestGoneError:
            return self._gone()
        except GuestProtocolError as error:
            return self._violation(str(error)[:300], None)
        if self._decoder.pending:
            return self._violation("more came back than was asked for", self.outcomes.pop())
        return None

    def _take(self, frame: Frame) -> CallOutcome | None:
        match frame.header.get("t"):
            case "reply":
                self.received_bytes += len(frame.body)
                return self._decode(frame.body)
            case "call_ended":
                return _ended(frame)
            case other:
                raise GuestProtocolError(f"unexpected {str(other)[:40]!r}")

    def _decode(self, data: bytes) -> CallOutcome | None:
        try:
            for frame in self._decoder.feed(data):
                if len(self.outcomes) == len(self._request.ids):
                    return self._violation("more came back than was asked for", self.outcomes.pop())
                now = time.monotonic()
                self.outcomes.append(self._judge(frame, now - self._started))
                self._started, self._deadline = now, now + self._request.timeout_s
        except (GuestProtocolError, ValidationError) as error:
            return self._violation(_first_line(error), None)
        return None

    def _judge(self, frame: Frame, seconds: float) -> CallOutcome:
        expected = self._request.ids[len(self.outcomes)]
        answer = Answer.validate_python(frame.header)
        if answer.id != expected:
            raise GuestProtocolError(f"an answer to call {answer.id} instead of {expected}")
        size = sum(buffer.bytes for buffer in answer.buffers)
        if size != len(frame.body) or not all(buffer.fits for buffer in answer.buffers):
            raise GuestProtocolError("buffers that contradict the body")
        self._weight += JSON_FACTOR * len(frame.head) + sum(one.weight for one in answer.buffers)
        if self._weight > MAX_WEIGHT_BYTES:
            raise GuestProtocolError(
                f"the answers take more than {MAX_WEIGHT_BYTES} bytes of memory together"
            )
        match answer:
            case Returned():
                return CallOutcome(
                    state=CallState.RETURNED, seconds=seconds, head=frame.head, body=frame.body
                )
            case Raised():
                words = f"{answer.raised.type}: {answer.raised.text}"
                return CallOutcome(state=CallState.RAISED, words=words, seconds=seconds)
            case Unusable():
                words = answer.unusable
                return CallOutcome(state=CallState.UNUSABLE, words=words, seconds=seconds)

    def _violation(self, words: str, last: CallOutcome | None) -> CallOutcome:
        seconds = last.seconds if last else time.monotonic() - self._started
        return CallOutcome(state=CallState.VIOLATION, words=words, seconds=seconds)

    def _gone(self) -> CallOutcome:
        """Judge a container that ended: its main process only ends for memory, or from outside."""
        self._session.end()
        if not self._session.out_of_memory:
            raise SandboxError("A candidate container ended from outside during a call.")
        return CallOutcome(state=CallState.OUT_OF_MEMORY, words="the container ran out of memory")


def _ended(frame: Frame) -> CallOutcome:
    code, signal = frame.header.get("code"), frame.header.get("signal")
    output = frame.body.decode("utf-8", "replace").strip()[-300:]
    how = (f"signal {signal}" if code is None else f"exit code {code}")[:40]
    words = f"the process ended with {how} {output}".strip()
    if frame.header.get("oom_kills"):
        return CallOutcome(state=CallState.OUT_OF_MEMORY, words=words)
    return CallOutcome(state=CallState.ENDED, words=words)


def _first_line(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        return f"an answer that breaks the protocol at {place[:100]}: {first['msg'][:100]}"
    return str(error)[:300]
