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


import resource
import signal


def tries():
    unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    yield attempt("limit", resource.setrlimit, resource.RLIMIT_CORE, unlimited)
    child = os.fork()
    if not child:
        content = bytearray(50 << 20)
        os.kill(os.getpid(), signal.SIGABRT)
        print(len(content))
    _, state = os.waitpid(child, 0)
    yield f"child ended by signal {os.WTERMSIG(state)}"
    found = [*pathlib.Path("/work").rglob("core*"), *pathlib.Path("/tmp").rglob("core*")]
    yield f"core {found}" if os.WCOREDUMP(state) or found else "no core"


print(", ".join(tries()), flush=True)
honest_work()
