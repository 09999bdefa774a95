import csv
import ctypes
import errno
import json
import os
import pathlib
import socket
import sys

libc = ctypes.CDLL(None, use_errno=True)


def attempt(name, function, *arguments):
    """Say whether an attempt was refused; a C function refuses with -1."""
    try:
        result = function(*arguments)
    except (OSError, ValueError, AttributeError):
        return f"{name} denied"
    if isinstance(result, int) and result == -1:
        return f"{name} denied"
    return f"{name} ALLOWED"


def honest_work():
    data, out = map(pathlib.Path, sys.argv[1:])
    numbers = json.loads((data / "numbers.json").read_text())
    (out / "answer.json").write_text(json.dumps({"total": sum(numbers)}))
    with open(out / "rows.csv", "w", newline="") as file:
        csv.writer(file).writerows([("n", "twice"), *((n, 2 * n) for n in numbers)])


READ_ALL = 3


def symbols():
    with open("/proc/kallsyms") as file:
        if int(file.readline().split()[0], 16) == 0:
            raise OSError("all zero")


def keys():
    with open("/proc/keys") as file:
        if not file.read():
            raise OSError("empty")


def tries():
    room = ctypes.create_string_buffer(4096)
    yield attempt("kmsg", open, "/dev/kmsg", "rb")
    yield attempt("syslog", libc.klogctl, READ_ALL, room, 4096)
    yield attempt("kcore", lambda: open("/proc/kcore", "rb").read(16)[0])
    yield attempt("symbols", symbols)
    yield attempt("keys", keys)


print(", ".join(tries()), flush=True)
honest_work()
