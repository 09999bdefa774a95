"""A PostgreSQL server of the tests' own, on a port of this machine."""

from __future__ import annotations

import contextlib
import itertools
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import urllib.parse
from pathlib import Path
from typing import Final

import psycopg

REMEDY: Final = "needs PostgreSQL: apt-get install --no-install-recommends postgresql"
USER: Final = "loop"
PASSWORD: Final = "pa:ss w@rd%"
"""Has what a URL must quote."""
_PROGRAMS: Final = Path("/usr/lib/postgresql")
_MEMORY: Final = "/dev/shm"
_ROOM_BYTES: Final = 4 << 30


def find_programs() -> Path | None:
    """Return the folder of the newest server's programs, if there is one."""
    found = sorted(_PROGRAMS.glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    return found[-1].parent if found else None


def _quick_place() -> str | None:
    """Return a folder in memory if there is room: each database is 300 files that nobody keeps."""
    with contextlib.suppress(OSError):
        if shutil.disk_usage(_MEMORY).free >= _ROOM_BYTES:
            return _MEMORY
    return None


class PostgresServer:
    """A cluster in a folder of its own; root, whom it refuses, starts it as the user nobody."""

    def __init__(self, programs: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self._programs = programs
        self._folder = Path(tempfile.mkdtemp(prefix="worksample-postgres-", dir=_quick_place()))
        self._numbers = itertools.count(1)
        self._as_user: list[str] = []
        if os.geteuid() == 0:
            user = pwd.getpwnam("nobody")
            os.chown(self._folder, user.pw_uid, user.pw_gid)
            ids = (f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}")
            self._as_user = ["setpriv", *ids, "--clear-groups"]
        password = self._folder / "password"
        password.write_text(PASSWORD)
        password.chmod(0o644)
        self._run("initdb", "-D", self._data, "-U", USER, "-A", "scram-sha-256", "-E", "UTF8",
                  "--locale=C.UTF-8", "--no-sync", f"--pwfile={password}")  # fmt: skip

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    def start(self) -> None:
        """Start it and wait until it answers."""
        settings = f"-F -p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories="
        self._run("pg_ctl", "-D", self._data, "-l", self._folder / "log", "-o", settings, "start")

    def stop(self, mode: str = "fast") -> None:
        """Stop it; whoever is connected is cut off."""
        self._run("pg_ctl", "-D", self._data, "-m", mode, "stop")

    def crash_and_start(self) -> None:
        """End it in the middle of everything, and start it."""
        self.stop("immediate")
        self.start()

    def remove(self) -> None:
        """Stop it and remove its folder."""
        self.stop()
        shutil.rmtree(self._folder)

    def new_database(self) -> str:
        """Return the URL of an empty database; it sorts text as people do, where it can."""
        name = f"records_{next(self._numbers)}"
        with psycopg.connect(self._url("postgres"), autocommit=True) as connection:
            icu = " LOCALE_PROVIDER icu ICU_LOCALE 'en'"
            locale = icu if connection.info.server_version >= 150_000 else ""
            connection.execute(f"CREATE DATABASE {name} TEMPLATE template0{locale}".encode())
        return self._url(name)

    def _url(self, database: str) -> str:
        password = urllib.parse.quote(PASSWORD, safe="")
        return f"postgresql://{USER}:{password}@127.0.0.1:{self.port}/{database}"

    def _run(self, program: str, *arguments: str | Path) -> None:
        command = [*self._as_user, str(self._programs / program), *map(str, arguments)]
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, timeout=120, cwd="/",
        )  # fmt: skip
        assert done.returncode == 0, done.stdout
