"""What the host takes for a stub's log: exactly that, or nothing is concluded."""

from __future__ import annotations

import json
from typing import Any

import inside_modules
import pytest

from graders.upstream import LogRecord, StubRequest, read_log, upstream_files
from sandbox.errors import GuestProtocolError
from sandbox.fake import FakeSandbox
from sandbox.frames import Frame

HEAD = {"t": "log", "records": 2, "unlogged": 0, "turned_away": 3, "stall_s": 0.01, "failure": ""}
RECORD = {
    "n": 1, "at": 0.5, "connection": 1, "method": "GET", "target": "/x", "refused": "",
    "status": 200, "answered_at": 0.6, "sent_bytes": 4, "whole": True, "note": {"page": 1},
}  # fmt: skip


def frame_of(*records: dict[str, Any], **head: object) -> Frame:
    body = b"".join(json.dumps(one).encode() + b"\n" for one in records)
    return Frame(header={**HEAD, "records": len(records), **head}, body=body)


def test_a_log_is_taken() -> None:
    found = read_log(frame_of(RECORD, {**RECORD, "n": 2, "answered_at": None}))
    assert found.head.turned_away == 3
    assert len(found.lines.splitlines()) == 2


def test_an_empty_log_is_one() -> None:
    assert read_log(frame_of()).lines == b""


@pytest.mark.parametrize(
    "frame",
    [
        frame_of(RECORD, records=2),
        frame_of(RECORD, RECORD),
        frame_of({**RECORD, "n": 2}),
        frame_of({**RECORD, "more": 1}),
        frame_of({**RECORD, "at": -1}),
        frame_of({**RECORD, "status": "200"}),
        frame_of({**RECORD, "whole": 1}),
        frame_of({**RECORD, "target": "x" * 501}),
        frame_of({**RECORD, "note": [[[[[[[[[[]]]]]]]]]]}),
        frame_of({key: value for key, value in RECORD.items() if key != "note"}),
        frame_of(stall_s=-0.1),
        frame_of(unlogged=True),
        frame_of(extra=1),
        frame_of(t="ready"),
        Frame(header={**HEAD, "records": 1}, body=b'{"n": NaN}\n'),
        Frame(header={**HEAD, "records": 1}, body=b"\xff\n"),
    ],
)
def test_what_is_no_log_is_refused(frame: Frame) -> None:
    with pytest.raises(GuestProtocolError):
        read_log(frame)


def test_the_server_writes_what_is_read() -> None:
    stub = inside_modules.load("graders/stub", "stub_server")
    log = stub.Log()
    log.add(1, method="GET", target="/x")
    log.add(2, refused="no request line", status=400)
    records = [json.loads(line) for line in log.lines().splitlines()]
    assert len(records) == 2
    assert all(set(one) == set(LogRecord.model_fields) for one in records)
    read_log(frame_of(*records))


def test_only_the_upstreams_files_go_to_the_stub() -> None:
    truth = {
        "upstream/pages.json": b"[]",
        "upstream/a/b": b"",
        "answers.json": b"x",
        "upstream": b"",
    }
    assert upstream_files(truth) == {"pages.json": b"[]", "a/b": b""}
    request = StubRequest(
        sandbox=FakeSandbox(), image="fake", source=b"code", port=9000, truth=truth,
        join_network_of="", run_id="",
    )  # fmt: skip
    assert set(request.files) == {"stub/upstream.py", "scenario/pages.json", "scenario/a/b"}
