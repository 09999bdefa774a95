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


REMOUNT, BIND = 32, 4096
PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}


def mount(source, target, kind, flags):
    return libc.mount(source, target, kind, flags, None)


def tries():
    os.makedirs("here", exist_ok=True)
    yield attempt("tmpfs", mount, b"tmpfs", b"here", b"tmpfs", 0)
    yield attempt("proc", mount, b"proc", b"here", b"proc", 0)
    yield attempt("bind", mount, b"/proc", b"here", None, BIND)
    yield attempt("root", mount, None, b"/", None, REMOUNT)
    yield attempt("work", mount, None, b"/work", None, REMOUNT)
    yield attempt("umount", libc.umount2, b"/proc", 2)
    yield attempt("chroot", os.chroot, "here")
    number = PIVOT_ROOT.get(os.uname().machine, -1)
    yield attempt("pivot_root", libc.syscall, number, b"here", b"here")
    yield attempt("a file in the root", open, "/planted", "w")


print(", ".join(tries()), flush=True)
honest_work()
