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


ATTACH, SEIZE = 16, 0x4206


class Piece(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("size", ctypes.c_size_t)]


def read_memory():
    mine = ctypes.create_string_buffer(64)
    here, there = Piece(ctypes.addressof(mine), 64), Piece(0x400000, 64)
    return libc.process_vm_readv(1, ctypes.byref(here), 1, ctypes.byref(there), 1, 0)


def tries():
    yield attempt("ptrace", libc.ptrace, ATTACH, 1, None, None)
    yield attempt("seize", libc.ptrace, SEIZE, 1, None, None)
    yield attempt("mem", open, "/proc/1/mem", "r+b")
    yield attempt("environ", lambda: open("/proc/1/environ", "rb").read())
    yield attempt("stdout", open, "/proc/1/fd/1", "wb")
    yield attempt("descriptors", os.listdir, "/proc/1/fd")
    yield attempt("vm_readv", read_memory)
    yield attempt("priority", os.setpriority, os.PRIO_PROCESS, 0, -5)


print(", ".join(tries()), flush=True)
honest_work()
