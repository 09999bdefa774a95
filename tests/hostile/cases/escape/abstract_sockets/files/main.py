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


NAMES = {
    "containerd-shim": "\0/containerd-shim/shim.sock",
    "dbus": "\0/tmp/dbus-session",
    "X11": "\0/tmp/.X11-unix/X0",
}


def connect(name):
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(name)


def tries():
    lines = pathlib.Path("/proc/net/unix").read_text().splitlines()[1:]
    yield f"seen {[line for line in lines if '@' in line]}"
    for name, address in NAMES.items():
        yield attempt(name, connect, address)


print(", ".join(tries()), flush=True)
honest_work()
