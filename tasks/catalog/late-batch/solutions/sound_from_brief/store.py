"""The job's memory: a SQLite file in the state folder. A night's changes are one transaction."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deliveries import Delivery
from scores import Partition, resolve

SCHEMA = (
    # Each whole delivery once: the first to bring this revision of the partition.
    """CREATE TABLE IF NOT EXISTS deliveries (
        plant TEXT, day TEXT, revision INTEGER, kind TEXT NOT NULL, rows TEXT NOT NULL,
        delivery_id TEXT NOT NULL, landed TEXT NOT NULL,
        PRIMARY KEY (plant, day, revision)) WITHOUT ROWID""",
    "CREATE INDEX IF NOT EXISTS deliveries_by_day ON deliveries (day)",
    # Every table that was ever published, by the night that published it.
    """CREATE TABLE IF NOT EXISTS published (
        day TEXT, night TEXT, machine_id TEXT, score INTEGER NOT NULL, missing INTEGER NOT NULL,
        PRIMARY KEY (day, night, machine_id)) WITHOUT ROWID""",
    "CREATE INDEX IF NOT EXISTS published_by_night ON published (night)",
    # A row says that the night is closed, and holds the text of its small files.
    """CREATE TABLE IF NOT EXISTS nights (
        night TEXT PRIMARY KEY, rejected TEXT NOT NULL, overdue TEXT NOT NULL, summary TEXT NOT NULL)
        WITHOUT ROWID""",
)


class Store:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def add(self, delivery: Delivery, night: str) -> bool:
        """Keep a whole delivery; False if its revision was there before."""
        cursor = self._db.execute(
            "INSERT OR IGNORE INTO deliveries VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                delivery.plant,
                delivery.day,
                delivery.revision,
                delivery.kind,
                json.dumps(delivery.rows),
                delivery.delivery_id,
                night,
            ),
        )
        return cursor.rowcount == 1

    def partitions(self, first: str, last: str) -> dict[tuple[str, str], Partition | None]:
        """What the partitions of these days hold, by plant and day."""
        histories: dict[tuple[str, str], list] = {}
        for plant, day, kind, rows in self._db.execute(
            "SELECT plant, day, kind, rows FROM deliveries WHERE day BETWEEN ? AND ? ORDER BY plant, day, revision",
            (first, last),
        ):
            histories.setdefault((plant, day), []).append((kind, json.loads(rows)))
        return {key: resolve(history) for key, history in histories.items()}

    def full_came(self) -> set[tuple[str, str]]:
        """Plant and day of all partitions of which a full delivery came."""
        return set(self._db.execute("SELECT DISTINCT plant, day FROM deliveries WHERE kind = 'full'"))

    def last_night(self) -> str | None:
        """The latest night that is closed."""
        return self._db.execute("SELECT max(night) FROM nights").fetchone()[0]

    def nights_between(self, first: str, last: str) -> list[str]:
        """The closed nights from the first to the last."""
        rows = self._db.execute("SELECT night FROM nights WHERE night BETWEEN ? AND ? ORDER BY night", (first, last))
        return [night for (night,) in rows]

    def last_published(self, day: str) -> list[tuple]:
        """The table of a day as published last."""
        return self._db.execute(
            "SELECT machine_id, score, missing FROM published WHERE day = ?1"
            " AND night = (SELECT max(night) FROM published WHERE day = ?1) ORDER BY machine_id",
            (day,),
        ).fetchall()

    def publish(self, night: str, day: str, table: list[tuple]) -> None:
        """Note that the night publishes this table of the day."""
        self._db.executemany("INSERT INTO published VALUES (?, ?, ?, ?, ?)", [(day, night, *row) for row in table])

    def close(self, night: str, rejected: str, overdue: str, summary: str) -> None:
        """Note that the night is done, with the text of its small files."""
        self._db.execute("INSERT INTO nights VALUES (?, ?, ?, ?)", (night, rejected, overdue, summary))

    def closed(self, night: str) -> tuple[str, str, str] | None:
        """The text of a closed night's rejected.csv, overdue.csv and summary.json."""
        return self._db.execute("SELECT rejected, overdue, summary FROM nights WHERE night = ?", (night,)).fetchone()

    def published_by(self, night: str) -> list[tuple]:
        """The rows (day, machine, score, missing) that the night published."""
        return self._db.execute(
            "SELECT day, machine_id, score, missing FROM published WHERE night = ? ORDER BY day, machine_id", (night,)
        ).fetchall()

    def published_asof(self, night: str) -> list[tuple]:
        """The rows (day, machine, score, missing) that stood published when the night had ended."""
        return self._db.execute(
            """WITH latest AS (SELECT day, max(night) AS night FROM published WHERE night <= ? GROUP BY day)
            SELECT day, machine_id, score, missing FROM published JOIN latest USING (day, night)
            ORDER BY day, machine_id""",
            (night,),
        ).fetchall()


@contextmanager
def transaction(state: Path) -> Iterator[Store]:
    """The store; all of what is done with it is kept when the block ends, or nothing."""
    state.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(state / "nightly.sqlite", isolation_level=None)
    try:
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("BEGIN IMMEDIATE")
        for statement in SCHEMA:
            connection.execute(statement)
        yield Store(connection)
        connection.commit()
    finally:
        connection.close()  # without a commit: rolls back
