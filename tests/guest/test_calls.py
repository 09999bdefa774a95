"""What the relay of ``calls.py`` counts: whole frames, wherever the stream is cut."""

from __future__ import annotations

import os
import threading
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inside_modules import load

calls: Any = load("sandbox/guest", "calls")
PREFIX = calls.PREFIX
SIZES = st.tuples(st.integers(0, 40), st.integers(0, 40))


def frame(head: int, body: int) -> bytes:
    return bytes(PREFIX.pack(head, body)) + b"h" * head + b"b" * body


def fed(pieces: list[bytes], max_bytes: int = 100) -> Any:
    counter = calls.FrameCounter(max_bytes)
    for piece in pieces:
        counter.feed(piece)
    return counter


@given(st.lists(SIZES, max_size=4))
def test_frames_are_counted_wherever_the_stream_is_cut(sizes: list[tuple[int, int]]) -> None:
    stream = b"".join(frame(*size) for size in sizes)
    assert fed([stream[i : i + 1] for i in range(len(stream))]).seen == len(sizes)
    for cut in range(len(stream) + 1):
        counter = fed([stream[:cut], stream[cut:]])
        assert (counter.seen, counter.too_large) == (len(sizes), False)


@given(SIZES, st.data())
def test_a_frame_counts_once_its_last_byte_is_there(size: tuple[int, int], data: Any) -> None:
    stream = frame(3, 4) + frame(*size)
    cut = data.draw(st.integers(0, len(stream) - 1))
    whole = int(cut >= len(frame(3, 4)))
    counter = fed([stream[:cut]])
    assert counter.seen == whole
    counter.feed(stream[cut:])
    assert counter.seen == 2


@pytest.mark.parametrize("step", [1, 2, 7, 8, 9, 64])
def test_a_frame_beyond_the_cap_is_said_by_its_prefix(step: int) -> None:
    stream = frame(0, 0) + bytes(PREFIX.pack(60, 41))
    counter = fed([stream[i : i + step] for i in range(0, len(stream), step)])
    assert (counter.seen, counter.too_large) == (1, True)
    counter.feed(frame(1, 1) * 5)
    assert counter.seen == 1, "nothing after it counts"


def test_a_frame_as_large_as_the_cap_is_none_beyond_it() -> None:
    assert fed([frame(60, 40)]).seen == 1


class Sent:
    """A channel that keeps what is written."""

    def __init__(self) -> None:
        self.data = b""

    def write(self, header: dict[str, str], body: bytes) -> None:
        assert header == {"t": "reply"}
        self.data += body


@pytest.fixture
def relay() -> Any:
    sent = Sent()
    caller = calls.Caller(sent)
    yield caller, sent
    os.close(caller._to)
    os.close(caller._from)


def test_requests_and_answers_larger_than_a_pipe_do_not_wait_for_each_other(relay: Any) -> None:
    caller, sent = relay
    child_in, child_out = caller.child
    request = frame(3, 3_000_000)

    def echo() -> None:
        left = len(request)
        while left:
            data = os.read(child_in, 65536)
            os.write(child_out, data)
            left -= len(data)

    thread = threading.Thread(target=echo)
    thread.start()
    assert caller.exchange(request, 1, 4_000_000)
    thread.join()
    assert sent.data == request
    caller.close_child_ends()


def test_an_end_before_the_answer_is_no_answer(relay: Any) -> None:
    caller, sent = relay
    os.write(caller.child[1], frame(2, 2)[:-1])
    caller.close_child_ends()
    assert not caller.exchange(frame(1, 1), 1, 100)
    assert sent.data == frame(2, 2)[:-1]


def test_what_is_too_large_ends_the_exchange_at_once(relay: Any) -> None:
    caller, sent = relay
    os.write(caller.child[1], bytes(PREFIX.pack(2**32 - 1, 0)))
    assert caller.exchange(b"", 1, 100)
    assert sent.data == bytes(PREFIX.pack(2**32 - 1, 0))
    caller.close_child_ends()
