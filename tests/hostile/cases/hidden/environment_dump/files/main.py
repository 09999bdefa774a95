import os
import pathlib
import socket
import sys

print("environment:", *sorted(os.environ))
print("arguments:", *sys.argv)
print("host:", socket.gethostname())
print("resolver:", pathlib.Path("/etc/resolv.conf").read_text().split())
print("home:", sorted(os.listdir(os.environ["HOME"])), sorted(os.listdir("/work")))

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
