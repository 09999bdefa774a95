"""Where the records of a loop live: a folder, or a database and a file store by URL."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from runner.errors import RecordsError

if TYPE_CHECKING:
    from sqlalchemy import URL

_KINDS = ("postgresql", "postgres", "postgresql+psycopg")


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """Where the records live; what is not named by URL lies in the folder."""

    folder: Path = Path(".worksample")
    records: str | None = field(default=None, repr=False)
    """URL of a PostgreSQL database; may hold a password, and is never printed."""
    files: str | None = None
    """URL of a file store."""

    def __str__(self) -> str:
        """Return what messages call the records."""
        url = self.database_url()
        if url is None:
            return str(self.folder)
        shown = url.set(drivername="postgresql", query={})
        return shown.render_as_string(hide_password=True)

    def database_url(self) -> URL | None:
        """Return the database's URL; none if it is a file of the folder.

        Raises:
            RecordsError: it is no URL of a PostgreSQL database. The words do not repeat it.
        """
        if self.records is None:
            return None
        try:
            url = make_url(self.records)
        except (ArgumentError, ValueError):
            url = None
        if url is None or url.drivername not in _KINDS:
            raise RecordsError(
                "The records' URL is none of PostgreSQL: postgresql://USER@HOST/DATABASE is."
            ) from None
        return url.set(drivername="postgresql+psycopg")
