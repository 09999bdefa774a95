"""The server of a task's upstream: its faults on purpose, and what hostile clients cannot do."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import socket
import threading
import time
from typing import TYPE_CHECKING, Any

import inside_modules
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

kit = inside_modules.load("graders/stub", "worksample_stub")
stub = inside_modules.load("graders/stub", "stub_server")


class Running:
    """A server on a thread of its own."""

    def __init__(self, handler: Callable[[Any], Any]) -> None:
        self.log = stub.Log()
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._over = asyncio.Event()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(handler,))
        self._thread.start()
        assert self._ready.wait(10)

    def _run(self, handler: Callable[[Any], Any]) -> None:
        async def serve() -> None:
            server = stub.Server(handler, self.log)
            self.port = await server.start(0)
            self._ready.set()
            await self._over.wait()
            server.close()
            for task in asyncio.all_tasks() - {asyncio.current_task()}:
                task.cancel()

        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(serve())

    def stop(self) -> None:
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._over.set)
            self._thread.join(10)

    def record(self) -> dict[str, Any]:
        """End the server and return its first record, as it then stands."""
        self.stop()
        first: dict[str, Any] = self.log.records[0]
        return first

    def ask(self, method: str = "GET", path: str = "/", **more: Any) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        with contextlib.closing(connection):
            connection.request(method, path, **more)
            response = connection.getresponse()
            return response.status, response.read()

    def send(self, data: bytes, *, wait: bool = True) -> bytes:
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as connection:
            with contextlib.suppress(OSError):
                connection.sendall(data)
            found = b""
            with contextlib.suppress(ConnectionError):
                while wait and (part := connection.recv(65536)):
                    found += part
            return found


@pytest.fixture
def serve() -> Iterator[Callable[..., Running]]:
    servers: list[Running] = []

    def start(handler: Callable[[Any], Any] = lambda _request: kit.Reply(body=b"hello")) -> Running:
        servers.append(Running(handler))
        return servers[-1]

    yield start
    for one in servers:
        one.stop()


# --- what an author can do -----------------------------------------------------------------------


def test_an_honest_exchange_is_answered_and_logged(serve: Callable[..., Running]) -> None:
    def handler(request: Any) -> Any:
        return kit.Reply.of({"got": request.json(), "at": request.path}, note=request.query)

    server = serve(handler)
    found = server.ask("POST", "/a%20b?x=1", body=b'{"n": 1}')
    assert found == (200, b'{"got": {"n": 1}, "at": "/a b"}')
    record = server.record()
    assert record["method"] == "POST"
    assert record["target"] == "/a%20b?x=1"
    assert record["note"] == {"x": "1"}
    assert record["whole"]
    assert record["at"] <= record["answered_at"]


def test_a_connection_is_kept_for_several_requests(serve: Callable[..., Running]) -> None:
    server = serve()
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    with contextlib.closing(connection):
        for _ in range(3):
            connection.request("GET", "/")
            assert connection.getresponse().read() == b"hello"
    assert [one["connection"] for one in server.log.records] == [1, 1, 1]
    assert [one["n"] for one in server.log.records] == [1, 2, 3]


def test_a_body_cut_short_is_not_whole(serve: Callable[..., Running]) -> None:
    server = serve(lambda _request: kit.Reply(body=b"0123456789", cut_at=4))
    with pytest.raises(http.client.IncompleteRead) as cut:
        server.ask()
    assert cut.value.partial == b"0123"
    record = server.record()
    assert (record["sent_bytes"], record["whole"]) == (4, False)


def test_a_dropped_connection_gives_no_byte(serve: Callable[..., Running]) -> None:
    server = serve(lambda _request: kit.Reply(drop=True))
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        server.ask()
    assert not server.record()["whole"]


def test_a_slow_body_takes_its_time_and_holds_nobody_up(serve: Callable[..., Running]) -> None:
    def handler(request: Any) -> Any:
        return kit.Reply(body=b"x" * 100, over_s=1.0 if request.path == "/slow" else 0.0)

    server = serve(handler)
    slow = threading.Thread(target=server.ask, args=("GET", "/slow"))
    begun = time.monotonic()
    slow.start()
    assert server.ask("GET", "/quick") == (200, b"x" * 100)
    quick_s = time.monotonic() - begun
    slow.join()
    assert quick_s < 1.0 <= time.monotonic() - begun


def test_a_delay_comes_before_the_first_byte(serve: Callable[..., Running]) -> None:
    server = serve(lambda _request: kit.Reply(delay_s=0.2))
    server.ask()
    record = server.record()
    assert record["answered_at"] - record["at"] >= 0.2


def test_an_exception_of_the_author_is_kept_and_answered(serve: Callable[..., Running]) -> None:
    server = serve(lambda request: {}[request.path])
    assert server.ask("GET", "/x")[0] == 500
    assert server.ask("GET", "/y")[0] == 500
    assert "request 1, GET /x" in server.log.failure
    assert "KeyError" in server.log.failure


def test_a_reply_with_an_impossible_status_is_the_authors(serve: Callable[..., Running]) -> None:
    server = serve(lambda _request: kit.Reply(status=299))
    assert server.ask()[0] == 500
    assert server.log.failure


@pytest.mark.parametrize(
    "value", [float("nan"), 10**30, "\ud800", [[[[[[1]]]]]], {"\udfff": 1}, "x" * 10**5, object()]
)
def test_no_note_breaks_the_log(value: object) -> None:
    from sandbox.strict_json import loads_object

    note = stub.noted({"from": value})
    assert loads_object(json.dumps(note).encode(), max_depth=6)


def test_a_note_that_is_too_long_says_so() -> None:
    assert stub.noted({"list": ["x" * 500] * 20}).keys() == {"too_long"}


def test_a_bucket_lets_through_its_rate_and_no_more() -> None:
    bucket = kit.TokenBucket(rate=10, burst=3)
    assert [bucket.take(0.0) for _ in range(4)] == [0, 0, 0, pytest.approx(0.1)]
    assert bucket.take(0.1) == 0
    assert bucket.take(0.1) > 0


def test_a_ledger_tells_a_repetition_from_a_second_effect() -> None:
    ledger = kit.Ledger()
    said = [ledger.accept(*one) for one in [("a", 1), ("a", 1), ("a", 2), (None, 1), (None, 1)]]
    assert said == ["new", "again", "conflict", "new", "new"]
    assert ledger.effects == [1, 1, 1]


# --- what a client cannot do ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"\x00\xff\xfe garbage\r\n\r\n", b"400"),
        (b"GET http://elsewhere/ HTTP/1.1\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nno colon\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\n folded: x\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nContent-Length: 1e3\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nContent-Length: 999999999\r\n\r\n", b"413"),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b"411"),
        (b"GET / HTTP/1.1\r\nX: " + b"x" * 20_000 + b"\r\n\r\n", b"431"),
    ],
)
def test_what_is_no_request_costs_its_connection(
    serve: Callable[..., Running], data: bytes, status: bytes
) -> None:
    server = serve()
    assert server.send(data)[9:12] == status
    assert server.log.records[0]["refused"]
    assert server.ask() == (200, b"hello")


def test_a_slow_loris_is_let_go(
    serve: Callable[..., Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stub, "REQUEST_S", 0.3)
    server = serve()
    assert server.send(b"GET / HTTP/1.1\r\nX: ") == b""
    assert server.log.records[0]["refused"] == "did not come to its end in time"
    assert server.ask() == (200, b"hello")


def test_more_connections_than_the_most_are_turned_away(
    serve: Callable[..., Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stub, "MAX_CONNECTIONS", 5)
    server = serve()
    with contextlib.ExitStack() as stack:
        for _ in range(20):
            stack.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=10))
        deadline = time.monotonic() + 10
        while server.log.turned_away < 15 and time.monotonic() < deadline:
            time.sleep(0.01)
    assert server.log.turned_away == 15
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError, http.client.HTTPException):
            if server.ask() == (200, b"hello"):
                return
    raise AssertionError("the server never came back")


def test_requests_beyond_the_log_are_counted(
    serve: Callable[..., Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stub, "MAX_RECORDS", 3)
    server = serve()
    assert [server.ask()[0] for _ in range(5)] == [200, 200, 200, 503, 503]
    assert (len(server.log.records), server.log.unlogged) == (3, 2)


def test_a_client_that_does_not_read_is_let_go(
    serve: Callable[..., Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stub, "REPLY_S", 0.3)
    bodies = {"/big": b"x" * (1 << 24), "/": b"xxxx"}
    server = serve(lambda request: kit.Reply(body=bodies[request.path]))
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(b"GET /big HTTP/1.1\r\n\r\n")
        time.sleep(0.6)
        assert server.ask() == (200, b"xxxx")
    assert not server.record()["whole"]
