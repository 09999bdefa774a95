"""One list of behaviours for every sandbox."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest

from graders.guests import PYTHON, agent_command
from sandbox.errors import (
    EngineUnavailableError,
    GuestGoneError,
    GuestProtocolError,
    GuestTimeoutError,
    ImageError,
    SandboxError,
)
from sandbox.fake import FakeSandbox
from sandbox.model import MIB, ContainerSpec, Limits, Role

if TYPE_CHECKING:
    from sandbox.base import Container, Sandbox

Any = tuple["Sandbox", str]

WIRE = """
import json, os, struct, sys, time
def write(header, body=b""):
    head = json.dumps(header).encode()
    os.write(1, struct.pack(">II", len(head), len(body)) + head)
    view = memoryview(body)
    while view: view = view[os.write(1, view):]
"""


def start(any_sandbox: Any, code: str | None = None, **more: object) -> Container:
    sandbox, image = any_sandbox
    command = agent_command() if code is None else (PYTHON, "-I", "-c", WIRE + code)
    facts: dict[str, object] = {
        "role": Role.CANDIDATE,
        "image": image,
        "command": command,
        "limits": Limits(memory_bytes=256 * MIB),
        **more,
    }
    return sandbox.start(ContainerSpec(**facts))  # type: ignore[arg-type]


def test_engine_says_who_it_is(any_sandbox: Any) -> None:
    assert any_sandbox[0].info().version


def test_frames_go_both_ways(any_sandbox: Any) -> None:
    with start(any_sandbox) as container:
        container.send({"op": "sync"})
        assert container.receive(timeout_s=20).header == {"t": "synced", "protocol": 1}


def test_large_bodies_arrive_whole(any_sandbox: Any) -> None:
    content = bytes(range(256)) * 20_000
    with start(any_sandbox) as container:
        container.send({"op": "put", "path": "submission/big.bin"}, content)
        container.send(
            {"op": "collect", "files": [{"path": "submission/big.bin", "max_bytes": 10 * MIB}]}
        )
        frame = container.receive(timeout_s=20)
    assert (frame.header["state"], frame.body) == ("ok", content)


def test_frames_keep_their_order(any_sandbox: Any) -> None:
    with start(any_sandbox, "for i in range(500): write({'n': i}, b'x' * i)") as container:
        frames = [container.receive(timeout_s=20) for _ in range(500)]
    assert [(frame.header["n"], len(frame.body)) for frame in frames] == [
        (number, number) for number in range(500)
    ]


def test_silence_is_a_timeout(any_sandbox: Any) -> None:
    with start(any_sandbox, "time.sleep(60)") as container:
        started = time.monotonic()
        with pytest.raises(GuestTimeoutError):
            container.receive(timeout_s=0.3)
        assert time.monotonic() - started < 5


def test_an_end_is_told_from_silence(any_sandbox: Any) -> None:
    with start(any_sandbox, "write({'last': 1}); os._exit(3)") as container:
        assert container.receive(timeout_s=20).header == {"last": 1}
        for _ in range(2):
            with pytest.raises(GuestGoneError):
                container.receive(timeout_s=20)


def test_a_guest_that_does_not_read_is_a_timeout(any_sandbox: Any) -> None:
    with start(any_sandbox, "time.sleep(60)") as container, pytest.raises(GuestTimeoutError):
        container.send({"op": "put"}, b"x" * (64 * MIB), timeout_s=1)


@pytest.mark.parametrize(
    "code",
    [
        "os.write(1, b'this is no frame, but it is long enough')",
        "os.write(1, struct.pack('>II', 3, 0) + b'{a}')",
        "os.write(1, struct.pack('>II', 11, 0) + b'{\"a\":1e999}')",
        "os.write(1, struct.pack('>II', 13, 0) + b'{\"a\":1,\"a\":2}')",
        "os.write(1, struct.pack('>II', 2, 0) + b'[]')",
        "os.write(1, struct.pack('>II', 2, 2**31) + b'{}')",
        "os.write(1, struct.pack('>II', 2**30, 0))",
    ],
)
def test_what_is_no_frame_is_refused(any_sandbox: Any, code: str) -> None:
    with start(any_sandbox, code + "; time.sleep(60)") as container:
        with pytest.raises(GuestProtocolError):
            container.receive(timeout_s=20)
        with pytest.raises(GuestProtocolError):
            container.receive(timeout_s=20)


def test_a_body_at_its_cap_passes_and_above_it_not(any_sandbox: Any) -> None:
    code = "write({}, b'x' * 1000); write({}, b'x' * 1001); time.sleep(60)"
    with start(any_sandbox, code, max_frame_bytes=1000) as container:
        assert len(container.receive(timeout_s=20).body) == 1000
        with pytest.raises(GuestProtocolError, match="cap"):
            container.receive(timeout_s=20)


def test_a_stream_beyond_its_cap_is_refused_but_drained(any_sandbox: Any) -> None:
    code = "\nfor i in range(400): write({'i': i}, b'x' * 100_000)\nwrite({'done': 1})"
    with start(any_sandbox, code, max_stream_bytes=5 * MIB) as container:
        with pytest.raises(GuestProtocolError, match="cap"):
            for _ in range(500):
                container.receive(timeout_s=20)
        time.sleep(0.5)
    # The guest could write everything: nobody stopped reading.


def test_a_flooding_guest_can_be_ended(any_sandbox: Any) -> None:
    container = start(any_sandbox, "\nwhile True: os.write(1, b'x' * 65536)")
    time.sleep(1.0)
    started = time.monotonic()
    container.end()
    assert time.monotonic() - started < 8


def test_a_guest_flooding_stderr_can_be_ended(any_sandbox: Any) -> None:
    container = start(any_sandbox, "\nwhile True: os.write(2, b'x' * 65536)")
    time.sleep(1.0)
    started = time.monotonic()
    container.end()
    assert time.monotonic() - started < 8


def test_stderr_is_kept_to_its_end(any_sandbox: Any) -> None:
    code = "sys.stderr.write('a' * 20000 + 'the end'); sys.stderr.flush(); write({})"
    with start(any_sandbox, code) as container:
        container.receive(timeout_s=20)
        time.sleep(0.3)
        words = container.error_output()
    assert words.endswith("the end")
    assert len(words) == 8192


def test_ending_twice_says_the_same(any_sandbox: Any) -> None:
    container = start(any_sandbox, "time.sleep(60)")
    assert container.end() == container.end()
    with pytest.raises(GuestGoneError):
        container.send({"op": "sync"})


def test_closing_ends_everything_and_starts_no_more(any_sandbox: Any) -> None:
    container = start(any_sandbox, "time.sleep(60)")
    outcome: list[Exception] = []

    def wait() -> None:
        try:
            container.receive(timeout_s=30)
        except SandboxError as error:
            outcome.append(error)

    thread = threading.Thread(target=wait)
    thread.start()
    time.sleep(0.3)
    any_sandbox[0].close()
    thread.join(20)
    assert outcome
    with pytest.raises(SandboxError, match="closed"):
        start(any_sandbox)


def test_an_unknown_image_names_the_remedy(any_sandbox: Any) -> None:
    spec = ContainerSpec(role=Role.CANDIDATE, image="worksample/nothing:here", command=("true",))
    with pytest.raises(ImageError, match="worksample images build"):
        any_sandbox[0].start(spec)


def test_several_containers_at_once_stay_apart(any_sandbox: Any) -> None:
    containers = [start(any_sandbox) for _ in range(3)]
    for number, container in enumerate(containers):
        container.send({"op": "put", "path": "submission/who"}, str(number).encode())
    for number, container in enumerate(containers):
        container.send({"op": "collect", "files": [{"path": "submission/who", "max_bytes": 9}]})
        assert container.receive(timeout_s=20).body == str(number).encode()
        container.end()


def test_become_hands_the_channel_over(any_sandbox: Any) -> None:
    with start(any_sandbox) as container:
        code = WIRE + "write({'now': 'another'})"
        container.send({"op": "become", "argv": [PYTHON, "-I", "-c", code]})
        if isinstance(any_sandbox[0], FakeSandbox):
            with pytest.raises(GuestGoneError):  # there is no such Python on the host
                container.receive(timeout_s=20)
        else:
            assert container.receive(timeout_s=20).header == {"now": "another"}


def test_an_engine_that_stops_is_told_from_a_guest_that_ends() -> None:
    fake = FakeSandbox()
    container = start((fake, "fake"), "time.sleep(0.2)")
    fake.engine.answers = False
    with pytest.raises(EngineUnavailableError):
        container.receive(timeout_s=20)
    fake.engine.answers = True
    container.end()
