HEAD = """
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
    '''Say whether an attempt was refused; a C function refuses with -1.'''
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


import shutil
import subprocess


def status(key):
    lines = pathlib.Path("/proc/self/status").read_text().splitlines()
    return next(line.split()[1] for line in lines if line.startswith(key + ":"))


def tries():
    mode = os.stat("tool.sh").st_mode
    yield "handed in " + ("ALLOWED" if mode & 0o6000 else "plain")
    yield attempt("setuid", os.setuid, 0)
    yield attempt("setgid", os.setgid, 0)
    yield f"capabilities {int(status('CapEff'), 16)} {int(status('CapBnd'), 16)}"
    yield f"no new privileges {status('NoNewPrivs')}"
    shutil.copy("/bin/sh", "shell")
    os.chmod("shell", 0o6755)
    words = subprocess.run(["./shell", "-c", "id -u"], capture_output=True, text=True).stdout
    mine = words.strip() == str(os.getuid()) != "0"
    yield "a setuid shell is " + ("nobody else" if mine else "ALLOWED")


print(", ".join(tries()), flush=True)
honest_work()
"""


def make(folder, base):
    target = folder / "submission"
    target.mkdir()
    (target / "lib.py").write_bytes(base["lib.py"])
    (target / "main.py").write_text(HEAD)
    (target / "tool.sh").write_text("#!/bin/sh\nid -u\n")
    (target / "tool.sh").chmod(0o6755)
    return target
