"""The records in SQLite and in PostgreSQL: who asks for `home` is tested with both."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from runner.records import Home, Records

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(params=["sqlite", "postgresql"])
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Home:
    """Return where there are no records yet."""
    url = None
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres").new_database()
    return Home(folder=tmp_path / "home", records=url)


@pytest.fixture
def records(home: Home) -> Iterator[Records]:
    """Give empty records."""
    made = Records(home)
    yield made
    made.close()
