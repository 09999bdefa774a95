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


USER, MOUNT, NET, PID = 0x10000000, 0x00020000, 0x40000000, 0x20000000
CLONE = {"x86_64": 56, "aarch64": 220}


def enter():
    fd = os.open("/proc/self/ns/net", os.O_RDONLY)
    return libc.setns(fd, 0)


def clone():
    child = libc.syscall(CLONE.get(os.uname().machine, -1), USER | 17, 0, 0, 0, 0)
    if child == 0:
        os._exit(0)
    return child


def tries():
    for name, flags in (("user", USER), ("mount", MOUNT), ("net", NET), ("pid", PID)):
        yield attempt(name, libc.unshare, flags)
    yield attempt("setns", enter)
    yield attempt("clone", clone)


print(", ".join(tries()), flush=True)
honest_work()
