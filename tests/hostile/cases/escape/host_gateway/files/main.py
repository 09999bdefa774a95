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


GATEWAYS = ("172.17.0.1", "172.18.0.1", "10.0.2.2", "192.168.65.2", "192.168.1.1")
PORTS = (22, 80, 2375, 2376, 5000, 8080)
SOCKETS = (
    "/var/run/docker.sock", "/run/docker.sock", "/run/containerd/containerd.sock",
    "/run/podman/podman.sock", "/run/crio/crio.sock",
)


def unix(path):
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(path)


def tries():
    found = {
        attempt("it", socket.create_connection, (address, port), 0.2)
        for address in GATEWAYS for port in PORTS
    }
    yield "gateways " + ("denied" if found == {"it denied"} else "ALLOWED")
    found = {attempt("it", unix, path) for path in SOCKETS}
    yield "engine sockets " + ("denied" if found == {"it denied"} else "ALLOWED")


print(", ".join(tries()), flush=True)
honest_work()
