"""Several processes on one PostgreSQL server: each entry once, one secret, nothing lost."""

from __future__ import annotations

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import claimer
import pytest

from runner.errors import RecordsError
from runner.records import Entry, Home, Records, database

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from postgres_server import PostgresServer

ENTRIES = [Entry("etl", f"LYNX-{number}", "x") for number in range(150)]


def nobody(_owner: str) -> bool:
    return False


@pytest.fixture
def home(postgres: PostgresServer, tmp_path: Path) -> Home:
    return Home(folder=tmp_path / "home", records=postgres.new_database())


@pytest.fixture
def batch(records: Records) -> str:
    return records.queue.open(ENTRIES, again=False, gone=nobody)


@pytest.fixture
def start(home: Home, batch: str) -> Iterator[Callable[[int], list[subprocess.Popen[str]]]]:
    """Return a function that starts so many claimers at the same moment."""
    started: list[subprocess.Popen[str]] = []

    def begin(count: int) -> list[subprocess.Popen[str]]:
        for number in range(count):
            command = [sys.executable, claimer.__file__, str(home.records), str(home.folder),
                       batch, f"claimer-{number}"]  # fmt: skip
            started.append(
                subprocess.Popen(
                    command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
                )
            )
        for one in started:
            assert one.stdout is not None
            assert one.stdout.readline() == "ready\n"
        for one in started:
            assert one.stdin is not None
            one.stdin.write("\n")
        return started

    yield begin
    for one in started:
        one.kill()
        one.communicate()


def wait_until_half_done(records: Records, batch: str) -> None:
    deadline = time.monotonic() + 60
    while records.queue.counts(batch).get("failed", 0) < len(ENTRIES) / 3:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def finished_once(records: Records, batch: str) -> bool:
    """Whether each entry was worked on to its end by exactly one."""
    ends = [
        [one["words"] for one in facts.troubles].count(claimer.WORDS)
        for facts in records.queue.facts(batch)
    ]
    return ends == [1] * len(ENTRIES)


def test_many_processes_get_each_entry_once(
    records: Records, batch: str, start: Callable[[int], list[subprocess.Popen[str]]]
) -> None:
    told = [one.communicate(timeout=120)[0].split() for one in start(4)]
    assert sorted(int(position) for each in told for position in each) == list(range(len(ENTRIES)))
    assert all(told), "one of them had it all"
    assert finished_once(records, batch)


def test_what_killed_processes_worked_on_is_taken_over(
    records: Records, batch: str, start: Callable[[int], list[subprocess.Popen[str]]]
) -> None:
    claimers = start(4)
    wait_until_half_done(records, batch)
    for one in claimers[:2]:
        one.kill()
    for one in claimers:
        one.communicate(timeout=120)
    assert records.queue.counts(batch) == {"failed": len(ENTRIES)}
    assert finished_once(records, batch)


def test_a_server_that_crashes_meanwhile_loses_nothing(
    postgres: PostgresServer, records: Records, batch: str,
    start: Callable[[int], list[subprocess.Popen[str]]],
) -> None:  # fmt: skip
    claimers = start(4)
    wait_until_half_done(records, batch)
    postgres.crash_and_start()
    for one in claimers:
        one.communicate(timeout=120)
        assert one.returncode == 0
    assert records.queue.counts(batch) == {"failed": len(ENTRIES)}
    assert finished_once(records, batch)


def test_a_server_that_stays_away_is_said_in_our_words(
    postgres: PostgresServer, records: Records, batch: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "_PATIENCE_S", 1.0)
    postgres.stop()
    try:
        with pytest.raises(RecordsError, match="the same command goes on"):
            records.queue.counts(batch)
    finally:
        postgres.start()
    assert records.queue.counts(batch) == {"queued": len(ENTRIES)}


def test_all_who_open_at_the_same_time_share_one_secret(home: Home) -> None:
    def ask(number: int) -> bytes:
        records = Records(Home(folder=home.folder / str(number), records=home.records))
        try:
            return records.secret()
        finally:
            records.close()

    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(ask, range(8)))
    assert [len(one) for one in found] == [32]


def test_the_first_brings_the_secret_of_its_folder(home: Home) -> None:
    alone = Records(home.folder)
    secret = alone.secret()
    alone.close()
    for folder in (home.folder, home.folder / "other-machine"):
        records = Records(Home(folder=folder, records=home.records))
        assert records.secret() == secret
        records.close()


def test_a_folder_with_another_secret_is_refused(home: Home, records: Records) -> None:
    shared = records.secret()
    alone = Records(home.folder)
    other = alone.secret()
    alone.close()
    assert other != shared
    with pytest.raises(RecordsError, match="is not the secret of the records in postgresql://"):
        records.secret()


def test_who_falls_silent_with_the_lock_loses_it(
    home: Home, records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick = database._POSTGRESQL | {"options": "-c idle_in_transaction_session_timeout=1s"}
    monkeypatch.setattr(database, "_POSTGRESQL", quick)
    silent = Records(home)
    with (
        pytest.raises(RecordsError, match="idle-in-transaction"),
        silent._session(writing=True) as session,
    ):
        session.connection()
        records.keep("k", b"somebody else's")
        session.connection().exec_driver_sql("SELECT 1")
    silent.close()
    assert records.find_kept("k") == b"somebody else's"


@pytest.mark.parametrize(
    "url",
    ["sqlite:///x?p=hunter2", "postgresql://u:hunter2@[::1/db", "postgresql://u:p@h:hunter2/d",
     "hunter2"],
)  # fmt: skip
def test_a_url_of_no_use_is_refused_and_not_repeated(url: str, tmp_path: Path) -> None:
    with pytest.raises(RecordsError, match="postgresql://USER@HOST/DATABASE") as caught:
        Records(Home(folder=tmp_path, records=url))
    assert "hunter2" not in str(caught.value)


def test_the_password_is_never_told(postgres: PostgresServer, tmp_path: Path) -> None:
    url = f"postgres://loop:hunter2@127.0.0.1:{postgres.port}/nosuch?sslpassword=hunter2"
    home = Home(folder=tmp_path, records=url)
    with pytest.raises(RecordsError, match="cannot be opened") as caught:
        Records(home)
    for words in (str(caught.value), str(home), repr(home)):
        assert "hunter2" not in words
