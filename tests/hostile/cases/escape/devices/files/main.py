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


import stat


def tries():
    yield attempt("block", os.mknod, "disk", 0o600 | stat.S_IFBLK, os.makedev(8, 0))
    yield attempt("character", os.mknod, "memory", 0o600 | stat.S_IFCHR, os.makedev(1, 1))
    for name in ("mem", "port", "sda", "kvm", "fuse", "net/tun"):
        yield attempt(name.split("/")[-1], open, f"/dev/{name}", "rb")


print(", ".join(tries()), flush=True)
honest_work()
