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


def send(index):
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"", ("fe80::1", 9, 0, index))


NET = pathlib.Path("/sys/class/net")


def tries():
    # if_nameindex() would ask by netlink, which is not there.
    found = {int((place / "ifindex").read_text()): place.name for place in NET.iterdir()}
    up = {name for name in found.values() if name == "lo" or "0x1003" in flags(name)}
    yield f"interfaces {sorted(up)}"
    results = {attempt("it", send, index) for index in found}
    yield "neighbours " + ("denied" if results <= {"it denied"} else "ALLOWED")


def flags(name):
    return (NET / name / "flags").read_text()


print(", ".join(tries()), flush=True)
honest_work()
