"""The database: opened, set up, and brought up from earlier versions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, event, inspect, text

from runner.records.tables import Base

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection, Engine


def open_database(path: Path) -> Engine:
    """Return an engine on the SQLite file, which is made if there is none.

    Raises:
        SQLAlchemyError: it cannot be opened.
    """
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": 60})
    event.listen(engine, "connect", _set_up)
    event.listen(engine, "begin", _begin)
    with engine.execution_options(writing=True).begin() as connection:
        Base.metadata.create_all(connection)
        _add_columns(connection)
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
