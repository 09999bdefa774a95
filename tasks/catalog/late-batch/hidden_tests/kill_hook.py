"""Ends the candidate's job at its n-th moment, as if the power had gone: put beside it under the name
`sitecustomize.py`, where Python finds it by itself.

A moment is just before the job opens a file for writing, renames or removes one, or commits to
SQLite; and, of opening, just after as well, when the file is there and empty. The state of the disk
at the n-th moment depends on the job alone, not on how fast the machine is.
"""

import os
import signal
import sys

LAST = int(os.environ.get("KILL_AT_MOMENT", "0"))
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
CHANGES = {"os.rename", "os.remove", "os.truncate", "os.link", "os.symlink"}
COMMITS = ("COMMIT", "END", "RELEASE")
STATEMENTS = ("INSERT", "UPDATE", "DELETE", "REPLACE", "CREATE", "DROP", "ALTER")

passed = 0
is_dying = False
has_sqlite = False


def moment():
    """Count one; at the last it all ends, with the processes the job has started."""
    global passed
    passed += 1
    if passed == LAST:
        os.killpg(os.getpgrp(), signal.SIGKILL)


def opened(path, flags):
    """Pass the moments around opening a file for writing."""
    global is_dying
    if isinstance(path, int) or not (flags or 0) & WRITES:
        return
    if os.fsdecode(path).startswith("/dev/") or "__pycache__" in os.fsdecode(path):
        return
    moment()
    if flags & (os.O_CREAT | os.O_TRUNC):
        if passed + 1 == LAST:
            is_dying = True
            try:
                os.close(os.open(path, flags, 0o666))
            except OSError:
                pass
        moment()


def watch_sqlite():
    """Have every connection tell what it is about to execute."""
    import sqlite3

    connect = sqlite3.connect

    def connect_watched(*args, **kwargs):
        database = connect(*args, **kwargs)

        def statement(sql):
            words = sql.lstrip().upper()
            commits = words.startswith(COMMITS)
            if commits or words.startswith(STATEMENTS) and not database.in_transaction:
                moment()

        database.set_trace_callback(statement)
        return database

    sqlite3.connect = sqlite3.dbapi2.connect = connect_watched


def watch(event, arguments):
    global has_sqlite
    if is_dying:
        return
    if event == "open":
        opened(arguments[0], arguments[2])
    elif event in CHANGES:
        moment()
    elif event == "import" and arguments[0] == "sqlite3" and not has_sqlite:
        has_sqlite = True
        watch_sqlite()


if LAST:
    sys.addaudithook(watch)
