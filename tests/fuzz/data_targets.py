"""What carries data between the sides: JSON, frames, tables, the verdict, a session's frames."""

from __future__ import annotations

import csv
import io
import json
import math
import struct
import tempfile
from collections import deque
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final, cast

from inside import readers, worksample_checks
from intake_targets import frames_of

from graders.errors import VerdictError
from graders.evidence import RunFacts
from graders.recorded import facts_of
from graders.session import CandidateSession, Command
from graders.verdict import read_verdict
from sandbox.docker_container import _demultiplex
from sandbox.errors import GuestGoneError, GuestProtocolError, GuestTimeoutError, SandboxError
from sandbox.frames import MAX_HEADER_BYTES, PREFIX, Frame, FrameDecoder, encode
from sandbox.model import EndState, Limits, Usage
from sandbox.strict_json import MAX_DEPTH, StrictJsonError, loads
from tasks.model import CheckSpec

if TYPE_CHECKING:
    import socket
    from collections.abc import Sequence

    from sandbox.base import Sandbox
    from tasks.model import Task

# --- JSON ----------------------------------------------------------------------------------------


def check_json(data: bytes) -> None:
    """What is accepted is what every reader understands, and comes back when written again."""
    try:
        value = loads(data)
    except StrictJsonError as error:
        assert str(error)
        return
    assert repr(value) == repr(json.loads(data.decode()))
    check_value(value, 0)
    for ascii_only in (True, False):
        again = json.dumps(value, allow_nan=False, ensure_ascii=ascii_only).encode()
        assert repr(loads(again)) == repr(value)


def check_value(value: object, depth: int) -> None:
    assert depth <= MAX_DEPTH
    match value:
        case float():
            assert math.isfinite(value)
        case int():
            assert isinstance(value, bool) or -(2**63) <= value < 2**63
        case str():
            value.encode()
        case list():
            for item in value:
                check_value(item, depth + 1)
        case dict():
            for key, item in value.items():
                check_value(key, depth + 1)
                check_value(item, depth + 1)
        case _:
            assert value is None


def seeds_json() -> list[bytes]:
    return [
        b'{"a": [1, -2.5e3, null, true, "\\u00e9\\ud83d\\ude00"], "b": {}}',
        b"[NaN, -Infinity, 1e999, 9223372036854775808, -0, -0.0]",
        b'{"a": 1, "a": 2}',
        b'"\\ud800"',
        b"[" * 65 + b"]" * 65,
        b'"' + b'\\"' * 20,
        b"\xef\xbb\xbf{}",
    ]


# --- frames --------------------------------------------------------------------------------------

BODY_CAP: Final = 1000


def decode_in(pieces: Sequence[bytes]) -> tuple[list[Frame], str]:
    """Return the frames before the first violation, and the violation's words."""
    decoder = FrameDecoder(max_body_bytes=BODY_CAP)
    frames: list[Frame] = []
    try:
        for piece in pieces:
            frames += decoder.feed(piece)
            assert len(decoder._buffer) < PREFIX.size + MAX_HEADER_BYTES + BODY_CAP
    except GuestProtocolError as error:
        return frames, str(error)
    return frames, ""


def check_frames(data: bytes) -> None:
    """A stream means the same however it is cut; a frame comes back as it was."""
    step, stream = (data[0] or 1, data[1:]) if data else (1, b"")
    cut = [stream[at : at + step] for at in range(0, len(stream), step)]
    whole = decode_in([stream])
    assert decode_in(cut) == whole
    frames, _ = whole
    assert decode_in([b"".join(encode(one.header, one.body) for one in frames)]) == (frames, "")


def seeds_frames() -> list[bytes]:
    good = encode({"t": "out", "fd": 1}, b"text") + encode({"t": "done", "code": 0})
    return [
        b"\1" + good,
        b"\7" + good + b"\0" * 3,
        b"\3" + PREFIX.pack(2**32 - 1, 0),
        b"\3" + PREFIX.pack(2, BODY_CAP + 1) + b"{}",
        b"\3" + PREFIX.pack(2, 0) + b"[]" + good,
        b"\3" + PREFIX.pack(0, 0),
    ]


class Connection:
    """A socket that has received all it ever will, in pieces of at most ``step`` bytes."""

    def __init__(self, data: bytes, step: int) -> None:
        self._file = io.BytesIO(data)
        self._step = step

    def recv(self, size: int) -> bytes:
        return self._file.read(min(size, self._step))


def streams_of(data: bytes, step: int) -> dict[int, bytes]:
    """Return each stream's bytes."""
    streams: dict[int, bytes] = {}
    for stream, part in _demultiplex(cast("socket.socket", Connection(data, step))):
        assert part
        streams[stream] = streams.get(stream, b"") + part
    return streams


def check_attach(data: bytes) -> None:
    """Docker's attach format means the same however it comes in, and nothing is made up."""
    step, stream = (data[0] or 1, data[1:]) if data else (1, b"")
    streams = streams_of(stream, step)
    assert streams == streams_of(stream, len(stream) + 1)
    expected: dict[int, bytes] = {}
    at = 0
    while at + 8 <= len(stream):
        kind, size = struct.unpack(">B3xI", stream[at : at + 8])
        part = stream[at + 8 : at + 8 + size]
        if part:
            expected[kind] = expected.get(kind, b"") + part
        at += 8 + size
    assert streams == expected


def seeds_attach() -> list[bytes]:
    out, err = (bytes([n, 0, 0, 0, 0, 0, 0, 3]) for n in (1, 2))
    return [
        b"\1" + out + b"abc" + err + b"def" + out + b"ghi",
        b"\5" + out + b"ab",
        b"\5" + bytes(16) + err[:5],
        b"\5\1\0\0\0\xff\xff\xff\xff" + b"x" * 20,
    ]


# --- deliverables --------------------------------------------------------------------------------


def check_csv(data: bytes) -> None:
    """A table is what Python's own reader makes of it, or it is refused."""
    try:
        frame = worksample_checks.read_csv(data, "out.csv")
    except worksample_checks.DeliverableError as error:
        assert "out.csv" in str(error)
        return
    rows = [row for row in csv.reader(io.StringIO(data.decode(), newline="")) if row]
    assert [list(frame.columns), *frame.to_numpy().tolist()] == rows
    assert len(set(frame.columns)) == len(frame.columns)
    for position in range(frame.shape[1]):
        check_numbers(frame.iloc[:, position])


def check_numbers(column: Any) -> None:
    for convert in (worksample_checks.numbers, worksample_checks.whole_numbers):
        try:
            values = convert(column)
        except worksample_checks.DeliverableError:
            continue
        assert [float(value) for value in values] == [float(text) for text in column]


def seeds_csv() -> list[bytes]:
    return [
        b"id,amount\n1,2.50\n2,-3e2\n",
        b'id,name\r\n1,"a, ""b""\r\nc"\r\n',
        b'a\n"b"c\n',
        b"a,a\n1,2\n",
        b"a,b\n1\n",
        b"\xef\xbb\xbfa\n1\n",
        b"a\n1e999\n",
        b"a\n99999999999999999999\n",
        b"\n\na\n\n\xd9\xa3\n",
        b'a\n"open',
    ]


class Handed:
    """The one file of a job."""

    def __init__(self) -> None:
        self.root = Path(tempfile.mkdtemp(prefix="fuzz-"))
        (self.root / "blobs").mkdir()
        self.handed_in = {"out": ["ok", 1, "sha", "blob"]}

    def put(self, content: bytes) -> None:
        (self.root / "blobs/blob").write_bytes(content)


HANDED: Final = Handed()


def check_deliverable(data: bytes) -> None:
    """A deliverable is read as text, JSON or a table, or fails the check in words."""
    HANDED.put(data)
    readers.ROOT = HANDED.root
    deliverables = readers.Deliverables(HANDED)
    assert deliverables.bytes(None, "out") == data
    for read in (deliverables.text, deliverables.json, deliverables.csv):
        try:
            read(None, "out")
        except worksample_checks.DeliverableError as error:
            assert str(error).startswith("out: ")
    try:
        assert deliverables.text(None, "out").encode() == data
    except worksample_checks.DeliverableError:
        pass


# --- the verdict ---------------------------------------------------------------------------------

NONCE: Final = "0" * 32
CHECKS: Final = tuple(
    CheckSpec(id=name, criterion="c", points=points, proves="", file="test.py", function="test")
    for name, points in (("rows", 2.0), ("rerun", 0.5))
)


def check_verdict(data: bytes) -> None:
    """A verdict is of this grading, of exactly these checks, with the host's own points."""
    task = cast("Task", SimpleNamespace(checks=CHECKS))
    try:
        judged = read_verdict(data, task=task, nonce=NONCE)
    except VerdictError as error:
        assert len(str(error)) < 500
        return
    assert [check.id for check in judged.checks] == [check.id for check in CHECKS]
    for check, spec in zip(judged.checks, CHECKS, strict=True):
        assert check.points == (spec.points if check.outcome == "passed" else 0)
        assert 0 <= check.duration_s < math.inf
    assert NONCE.encode() in data or b"\\u" in data
    json.loads(judged.model_dump_json())


def seeds_verdict() -> list[bytes]:
    rows = [{"id": one.id, "outcome": "passed", "detail": "", "duration_s": 0.1} for one in CHECKS]
    number = {"name": "n", "value": 1.5, "unit": "1", "reference": None, "check": "rows"}
    good = {"schema": 1, "nonce": NONCE, "checks": rows, "measurements": [number]}
    variants: list[dict[str, object]] = [
        good,
        {**good, "nonce": "1" * 32},
        {**good, "checks": rows[:1]},
        {**good, "checks": [*rows, rows[0]]},
        {**good, "checks": [{**rows[0], "points": 9}, rows[1]]},
        {**good, "measurements": [{**number, "check": "stranger"}]},
    ]
    return [json.dumps(one).encode() for one in variants]


# --- a candidate's container ---------------------------------------------------------------------

OUTPUT_BYTES: Final = 64


class Claims:
    """A container that says what it was given to say, whatever it is asked."""

    id = "0" * 64

    def __init__(self, frames: Sequence[Frame], *, out_of_memory: bool) -> None:
        self._frames = deque(frames)
        self._out_of_memory = out_of_memory

    def send(self, *_words: object, **_more: object) -> None:
        """Take it, and do nothing."""

    def receive(self, *, timeout_s: float) -> Frame:
        if not self._frames:
            raise GuestGoneError("the container ended")
        frame = self._frames.popleft()
        if frame.header.get("t") == "stall":
            raise GuestTimeoutError("no answer")
        return frame

    def usage(self) -> Usage:
        return Usage(cpu_time_s=1.0, memory_bytes=1, memory_peak_bytes=2)

    def error_output(self) -> str:
        return ""

    def end(self) -> EndState:
        return EndState(out_of_memory=self._out_of_memory, exit_code=None)


def check_session(data: bytes) -> None:
    """Whatever the guest claims, a run is recorded in words of the evidence, or nobody's score."""
    frames = frames_of(data[1:])
    claims = Claims(frames, out_of_memory=bool(data[:1] and data[0] % 2))
    session = CandidateSession(
        cast("Sandbox", SimpleNamespace(start=lambda _spec: claims)),
        image="image",
        limits=Limits(output_bytes=OUTPUT_BYTES),
        input_bytes=0,
        run_id="run",
    )
    try:
        result = session.run(Command(argv=("true",), wall_time_s=1.0))
        collected = () if session.ended else session.collect([("out/a.csv", 8)])
    except SandboxError:
        return
    assert len(result.stdout) + len(result.stderr) <= OUTPUT_BYTES
    facts = RunFacts(
        name="run", scenario="public", command=("true",), exit_kind=result.exit_kind,
        exit_code=result.exit_code, detail=result.detail, wall_time_s=result.wall_time_s,
        cpu_time_s=result.cpu_time_s, memory_peak_bytes=result.memory_peak_bytes,
        stdout=result.stdout.decode("utf-8", "replace"),
        stderr=result.stderr.decode("utf-8", "replace"),
        output_truncated=result.output_truncated, leftover_processes=result.leftover_processes,
        deliverables=tuple(map(facts_of, collected)),
    )  # fmt: skip
    assert facts.leftover_processes >= 0
    for item in facts.deliverables:
        assert item.bytes >= 0
        assert (item.sha256 is None) == (item.state != "ok")
    assert RunFacts.model_validate_json(facts.model_dump_json()) == facts


def seeds_session() -> list[bytes]:
    out = b'{"t":"out","fd":1,"body":"hello"}\n'
    done = (
        b'{"t":"done","code":%s,"signal":%s,"output_limit":false,"disk_full":false,"oom_kills":0,'
        b'"leftovers":0}\n'
    )
    file = b'{"t":"file","path":"submission/out/a.csv","state":"%s","size":%d,"body":"%s"}\n'
    return [
        b"0" + out + done % (b"0", b"null") + file % (b"ok", 3, b"a\\n1"),
        b"0" + done % (b"null", b"9") + file % (b"too_large", 1 << 40, b""),
        b"0" + done % (b"true", b"-1") + file % (b"new", -1, b""),
        b"0" + out * 20 + done % (b"0", b"null"),
        b"1" + out + b'{"t":"stall"}\n',
        b"1" + out,
        b"0" + done % (b"1", b"null") + file % (b"ok", 99, b"123456789"),
    ]
