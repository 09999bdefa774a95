"""What goes in and comes out: frames, whole, in order, under caps; everything else is refused."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest
from boxes import Stopwatch, wait_until

from sandbox.errors import GuestGoneError, GuestProtocolError, GuestTimeoutError
from sandbox.frames import MAX_HEADER_BYTES
from sandbox.model import MIB

if TYPE_CHECKING:
    from boxes import Box

WORDS = "Zoë 数据 🧪 \u202eabc\u202c e\u0301 \x00\x1b[2J"
ECHO = "\nwhile True: write(*read())"


def test_frames_go_both_ways(box: Box) -> None:
    with box.start() as container:
        container.send({"op": "sync"})
        assert container.receive(timeout_s=20).header == {"t": "synced", "protocol": 1}


def test_large_bodies_arrive_whole(box: Box) -> None:
    content = bytes(range(256)) * 20_000
    with box.start(ECHO) as container:
        container.send({"large": True}, content)
        frame = container.receive(timeout_s=20)
    assert (frame.header, frame.body) == ({"large": True}, content)


def test_an_empty_frame_is_a_frame(box: Box) -> None:
    with box.start(ECHO) as container:
        container.send({})
        frame = container.receive(timeout_s=20)
    assert (frame.header, frame.body) == ({}, b"")


def test_every_character_arrives_as_it_was_sent(box: Box) -> None:
    with box.start(ECHO) as container:
        container.send({WORDS: [WORDS]}, WORDS.encode())
        frame = container.receive(timeout_s=20)
    assert (frame.header, frame.body.decode()) == ({WORDS: [WORDS]}, WORDS)


def test_a_guest_may_write_its_header_in_plain_utf_8(box: Box) -> None:
    code = """
head = '{"name": "Zoë 🧪"}'.encode()
os.write(1, struct.pack('>II', len(head), 0) + head)
"""
    with box.start(code) as container:
        assert container.receive(timeout_s=20).header == {"name": "Zoë 🧪"}


def test_frames_keep_their_order(box: Box) -> None:
    with box.start("for i in range(500): write({'n': i}, b'x' * i)") as container:
        frames = [container.receive(timeout_s=20) for _ in range(500)]
    assert [(frame.header["n"], len(frame.body)) for frame in frames] == [
        (number, number) for number in range(500)
    ]


def test_many_frames_in_one_write_are_cut_apart(box: Box) -> None:
    code = "os.write(1, (struct.pack('>II', 2, 3) + b'{}abc') * 300)"
    with box.start(code) as container:
        bodies = [container.receive(timeout_s=20).body for _ in range(300)]
    assert bodies == [b"abc"] * 300


def test_a_frame_that_comes_byte_by_byte_is_put_together(box: Box) -> None:
    code = """
for byte in struct.pack('>II', 7, 4) + b'{"a":1}body':
    os.write(1, bytes([byte])); time.sleep(0.005)
"""
    with box.start(code) as container:
        frame = container.receive(timeout_s=20)
    assert (frame.header, frame.body) == ({"a": 1}, b"body")


def test_half_a_frame_is_no_frame(box: Box) -> None:
    code = "write({'whole': 1}); os.write(1, struct.pack('>II', 7, 4) + b'{\"a\":1}bo')"
    with box.start(code) as container:
        assert container.receive(timeout_s=20).header == {"whole": 1}
        with pytest.raises(GuestGoneError):
            container.receive(timeout_s=20)


def test_silence_is_a_timeout(box: Box) -> None:
    with (
        box.start("time.sleep(60)") as container,
        Stopwatch(at_least_s=0.3, at_most_s=2),
        pytest.raises(GuestTimeoutError),
    ):
        container.receive(timeout_s=0.3)


def test_an_answer_that_comes_late_is_not_lost(box: Box) -> None:
    with box.start("read(); time.sleep(0.6); write({'late': 1})") as container:
        container.send({})
        with pytest.raises(GuestTimeoutError):
            container.receive(timeout_s=0.1)
        assert container.receive(timeout_s=20).header == {"late": 1}


@pytest.mark.parametrize("timeout_s", [0.0, -1.0])
def test_no_time_left_gives_what_is_there_and_does_not_wait(box: Box, timeout_s: float) -> None:
    with box.start("write({}); write({}, b'there'); time.sleep(60)") as container:
        container.receive(timeout_s=20)
        time.sleep(0.3)
        assert container.receive(timeout_s=timeout_s).body == b"there"
        with Stopwatch(at_most_s=0.5), pytest.raises(GuestTimeoutError):
            container.receive(timeout_s=timeout_s)


def test_an_end_is_told_from_silence(box: Box) -> None:
    with box.start("write({'last': 1}); os._exit(3)") as container:
        assert container.receive(timeout_s=20).header == {"last": 1}
        for _ in range(2):
            with pytest.raises(GuestGoneError):
                container.receive(timeout_s=20)


def test_a_guest_that_does_not_read_is_a_timeout(box: Box) -> None:
    with (
        box.start("time.sleep(60)") as container,
        Stopwatch(at_least_s=1, at_most_s=3),
        pytest.raises(GuestTimeoutError),
    ):
        container.send({"op": "put"}, b"x" * (64 * MIB), timeout_s=1)


def test_after_a_frame_that_was_cut_short_none_follows(box: Box) -> None:
    code = "time.sleep(1.5)\nwhile True: write({'bytes': len(read()[1])})"
    with box.start(code) as container:
        with pytest.raises(GuestTimeoutError):
            container.send({}, b"x" * (64 * MIB), timeout_s=0.5)
        with pytest.raises(GuestGoneError):
            container.send({}, b"what would be taken for the rest of the first")
        with pytest.raises(GuestTimeoutError):
            container.receive(timeout_s=3)


def test_a_guest_that_reads_slowly_gets_everything(box: Box) -> None:
    code = """
left = sum(struct.unpack('>II', take(8)))
while left: left -= len(os.read(0, min(left, 1 << 17))); time.sleep(0.02)
write({'read': True})
"""
    with box.start(code) as container:
        container.send({}, b"x" * (8 * MIB))
        assert container.receive(timeout_s=20).header == {"read": True}


def test_frames_of_several_threads_do_not_mix(box: Box) -> None:
    sent = {number: bytes([number]) * MIB for number in range(6)}
    code = "\nfor _ in range(6): write(*read())"
    with box.start(code) as container:
        threads = [
            threading.Thread(target=container.send, args=({"n": number}, body))
            for number, body in sent.items()
        ]
        for thread in threads:
            thread.start()
        frames = [container.receive(timeout_s=20) for _ in sent]
        for thread in threads:
            thread.join()
    assert {frame.header["n"]: frame.body for frame in frames} == sent


@pytest.mark.parametrize(
    "code",
    [
        "os.write(1, b'this is no frame, but it is long enough')",
        "os.write(1, struct.pack('>II', 3, 0) + b'{a}')",
        "os.write(1, struct.pack('>II', 11, 0) + b'{\"a\":1e999}')",
        "os.write(1, struct.pack('>II', 13, 0) + b'{\"a\":1,\"a\":2}')",
        "os.write(1, struct.pack('>II', 2, 0) + b'[]')",
        "os.write(1, struct.pack('>II', 9, 0) + b'{\"a\":\"\\xff\"}')",
        "os.write(1, struct.pack('>II', 2, 2**31) + b'{}')",
        "os.write(1, struct.pack('>II', 2**30, 0))",
    ],
    ids=[
        "text", "no-json", "not-finite", "key-twice", "no-object", "not-utf-8", "large-body",
        "large-header",
    ],
)  # fmt: skip
def test_what_is_no_frame_is_refused_for_good(box: Box, code: str) -> None:
    with box.start(f"write({{'good': 1}}); {code}; write({{}}); time.sleep(60)") as container:
        assert container.receive(timeout_s=20).header == {"good": 1}
        for _ in range(2):
            with pytest.raises(GuestProtocolError):
                container.receive(timeout_s=20)


def test_a_body_at_its_cap_passes_and_above_it_not(box: Box) -> None:
    code = "write({}, b'x' * 1000); write({}, b'x' * 1001); time.sleep(60)"
    with box.start(code, max_frame_bytes=1000) as container:
        assert len(container.receive(timeout_s=20).body) == 1000
        with pytest.raises(GuestProtocolError, match="cap"):
            container.receive(timeout_s=20)


def test_a_header_at_its_cap_passes_and_above_it_not(box: Box) -> None:
    code = f"""
for more in (0, 1): write({{'a': 'x' * ({MAX_HEADER_BYTES} - len('{{"a": ""}}') + more)}})
time.sleep(60)
"""
    with box.start(code) as container:
        assert len(str(container.receive(timeout_s=20).header["a"])) == MAX_HEADER_BYTES - 9
        with pytest.raises(GuestProtocolError, match="cap"):
            container.receive(timeout_s=20)


def test_a_stream_at_its_cap_passes_and_one_byte_more_does_not(box: Box) -> None:
    # Each of these frames has 8 + 2 + 90 bytes.
    code = "[write({}, b'x' * 90) for _ in range(10)]; write({'end': 1}); time.sleep(60)"
    with box.start(code, max_stream_bytes=1000) as container:
        for _ in range(10):
            assert len(container.receive(timeout_s=20).body) == 90
        with pytest.raises(GuestProtocolError, match="cap"):
            container.receive(timeout_s=20)


def test_a_stream_beyond_its_cap_is_refused_but_drained(box: Box) -> None:
    code = """
for i in range(400): write({'i': i}, b'x' * 100_000)
sys.stderr.write('all written')
"""
    with box.start(code, max_stream_bytes=5 * MIB) as container:
        with pytest.raises(GuestProtocolError, match="cap"):
            for _ in range(500):
                container.receive(timeout_s=20)
        wait_until(lambda: container.error_output() == "all written")


def test_stderr_is_kept_apart_from_the_frames(box: Box) -> None:
    code = """
for i in range(200):
    os.write(2, b'noise ' * 50)
    write({'n': i}, b'x' * 100)
"""
    with box.start(code) as container:
        frames = [container.receive(timeout_s=20) for _ in range(200)]
        with pytest.raises(GuestGoneError):
            container.receive(timeout_s=20)
    assert [frame.header["n"] for frame in frames] == list(range(200))
    assert b"noise" not in b"".join(frame.body for frame in frames)


def test_stderr_is_kept_to_its_end(box: Box) -> None:
    code = "sys.stderr.write('a' * 20000 + 'the end'); sys.stderr.flush(); time.sleep(60)"
    with box.start(code) as container:
        wait_until(lambda: container.error_output().endswith("the end"))
        assert len(container.error_output()) == 8192


def test_what_is_no_utf_8_on_stderr_is_replaced(box: Box) -> None:
    with box.start("os.write(2, b'a\\xffb'); time.sleep(60)") as container:
        wait_until(lambda: container.error_output() == "a\ufffdb")


def test_what_was_said_on_stderr_outlives_the_container(box: Box) -> None:
    container = box.start("sys.stderr.write('why'); sys.exit(4)")
    with pytest.raises(GuestGoneError):
        container.receive(timeout_s=20)
    container.end()
    assert container.error_output() == "why"


def test_become_hands_the_channel_over(box: Box) -> None:
    code = box.spec("write({'now': 'another'})").command[-1]
    with box.start() as container:
        container.send({"op": "become", "argv": [box.python, "-I", "-c", code]})
        assert container.receive(timeout_s=20).header == {"now": "another"}
