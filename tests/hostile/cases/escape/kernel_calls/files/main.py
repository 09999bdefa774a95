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


CALLS = {
    "x86_64": {"add_key": 248, "keyctl": 250, "bpf": 321, "perf_event_open": 298, "init_module": 175,
               "kexec_load": 246, "reboot": 169, "swapon": 167},
    "aarch64": {"add_key": 217, "keyctl": 219, "bpf": 280, "perf_event_open": 241, "init_module": 105,
                "kexec_load": 104, "reboot": 142, "swapon": 224},
}


def tries():
    room = ctypes.create_string_buffer(256)
    for name, number in CALLS[os.uname().machine].items():
        yield attempt(name, libc.syscall, number, room, room, 128, 0, 0)


print(", ".join(tries()), flush=True)
honest_work()
