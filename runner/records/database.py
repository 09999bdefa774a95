"""The database: opened, set up, and brought up from earlier versions.

One process writes at a time, over SQLite and PostgreSQL alike: whoever writes takes one lock before
it reads. Transactions last milliseconds and gradings seconds, so nobody waits long, and no two ever
decide on the same row.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import create_engine, event, inspect, text
from sqlalchemy.exc import OperationalError

from runner.errors import RecordsError
from runner.records.tables import Base

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection, Engine

    from runner.records.home import Home

_WRITERS: Final = 7_783_412_006
"""The lock of all who write, among the advisory locks of a PostgreSQL database."""
_PATIENCE_S: Final = 20.0
"""How long a server that was there before is waited for, as while it restarts, in seconds."""
_POSTGRESQL: Final = {
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
    # Who falls silent while it holds the lock loses it before those who wait for it give up.
    "options": "-c lock_timeout=60s -c idle_in_transaction_session_timeout=20s "
    "-c statement_timeout=120s",
}


def open_database(home: Home) -> Engine:
    """Return an engine on the records' database; what is missing there is made.

    Raises:
        SQLAlchemyError: it cannot be opened.
        RecordsError: the URL is of no use, or the driver's package is missing.
    """
    url = home.database_url()
    engine = _open_sqlite(home) if url is None else _open_postgresql(url)
    with engine.execution_options(writing=True).begin() as connection:
        Base.metadata.create_all(connection)
        _add_columns(connection)
    return engine


def server_clock(home: Home) -> float:
    """Return the time of the records' server, in seconds since 1970, after it was set up.

    Raises:
        SQLAlchemyError: it does not answer, or not to this user.
        RecordsError: the URL is of no use, or the driver's package is missing.
    """
    engine = open_database(home)
    try:
        with engine.connect() as connection:
            return float(connection.scalar(text("SELECT extract(epoch FROM clock_timestamp())")))
    finally:
        engine.dispose()


def connect(engine: Engine, *, writing: bool) -> Connection:
    """Return a connection; where a server does not answer it is waited for, for a while.

    Raises:
        OperationalError: the server stays away.
    """
    patience_s = 0.0 if engine.dialect.name == "sqlite" else _PATIENCE_S
    deadline = time.monotonic() + patience_s
    while True:
        try:
            return engine.connect().execution_options(writing=writing)
        except OperationalError:
            if time.monotonic() >= deadline:
                raise
        time.sleep(0.5)


def _open_sqlite(home: Home) -> Engine:
    path = home.folder / "worksample.db"
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": 60})
    event.listen(engine, "connect", _set_up)
    event.listen(engine, "begin", _begin)
    return engine


def _open_postgresql(url: URL) -> Engine:
    try:
        engine = create_engine(
            url, connect_args=_POSTGRESQL, pool_pre_ping=True, hide_parameters=True
        )
    except ImportError as error:
        raise RecordsError(
            "Records in PostgreSQL need a package: pip install 'worksample[postgres]'."
        ) from error
    event.listen(engine, "begin", _take_turn)
    return engine


def _set_up(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # transactions begin as `_begin` says, not at the first write
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _begin(connection: Connection) -> None:
    """Take the write lock at once where something is written.

    SQLite waits for that lock; it does not wait where a transaction that has read wants to write.
    """
    writing = connection.get_execution_options().get("writing")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def _take_turn(connection: Connection) -> None:
    """Wait for the turn to write; what is read from then on is all that was written before."""
    if connection.get_execution_options().get("writing"):
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITERS})")


def _add_columns(connection: Connection) -> None:
    """Add the columns that tables of an earlier version lack; all of them may be empty."""
    for table in Base.metadata.sorted_tables:
        there = {column["name"] for column in inspect(connection).get_columns(table.name)}
        for column in table.columns:
            if column.name not in there:
                kind = column.type.compile(connection.dialect)
                connection.execute(
                    text(f"ALTER TABLE {table.name} ADD COLUMN {column.name} {kind}")
                )
