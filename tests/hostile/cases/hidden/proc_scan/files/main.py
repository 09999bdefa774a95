import os
import pathlib

MARK = b"CANARY-" + b"c1f0a7-hidden"


def look(path):
    if path.name in ("cwd", "exe", "root"):
        return os.readlink(path).encode()
    if path.name == "fd":
        return repr(os.listdir(path)).encode()
    if path.name == "mem":
        with open(path.with_name("maps")) as maps, open(path, "rb", 0) as memory:
            start, end = (int(part, 16) for part in maps.readline().split()[0].split("-"))
            return os.pread(memory.fileno(), end - start, start)
    return path.read_bytes()


refused, found = set(), []
for process in pathlib.Path("/proc").iterdir():
    if not process.name.isdecimal() or int(process.name) == os.getpid():
        continue
    for name in ("environ", "cmdline", "maps", "mem", "fd", "cwd", "exe", "root", "status", "cgroup"):
        try:
            if MARK in look(process / name):
                found.append(str(process / name))
        except OSError:
            refused.add(name)
print("refused:", " ".join(sorted(refused)) + "; found:", found)

import csv
import json
import pathlib
import sys

import lib

if __name__ == "__main__":
    data, out = map(pathlib.Path, sys.argv[1:])
    numbers = json.loads((data / "numbers.json").read_text())
    out.mkdir(exist_ok=True)
    (out / "answer.json").write_text(json.dumps({"total": lib.total(numbers)}))
    with open(out / "rows.csv", "w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["n", "twice"])
        rows.writerows([n, lib.twice(n)] for n in numbers)
