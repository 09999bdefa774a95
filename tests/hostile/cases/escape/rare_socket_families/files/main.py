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


FAMILIES = {"netlink": (16, 3, 0), "vsock": (40, 1, 0), "alg": (38, 5, 0), "tipc": (30, 1, 0)}


def tries():
    for name, numbers in FAMILIES.items():
        yield attempt(name, socket.socket, *numbers)
    yield attempt("new interface", add_interface)
    if (vsock := getattr(socket, "AF_VSOCK", None)) is not None:
        yield attempt("vsock to the host", to_host, vsock)


def add_interface():
    # RTM_NEWLINK, request + acknowledge + create
    message = (32).to_bytes(4, "little") + (16).to_bytes(2, "little") + (0x405).to_bytes(2, "little")
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as netlink:
        netlink.send(message + bytes(24))
        answer = netlink.recv(4096)
    if int.from_bytes(answer[16:20], "little", signed=True):
        raise OSError("refused")


def to_host(family):
    with socket.socket(family, socket.SOCK_STREAM) as client:
        client.settimeout(0.5)
        client.connect((2, 1024))


print(", ".join(tries()), flush=True)
honest_work()
