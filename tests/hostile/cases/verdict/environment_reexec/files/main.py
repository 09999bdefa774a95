import os
import sys

if "PYTEST_ADDOPTS" not in os.environ:
    forged = {
        "PYTEST_ADDOPTS": "-p evil",
        "PYTEST_PLUGINS": "evil",
        "PYTHONPATH": "/work/submission",
        "PYTHONSTARTUP": "/work/submission/evil.py",
        "PYTHONINSPECT": "1",
        "PYTHONBREAKPOINT": "os._exit",
        "LD_PRELOAD": "/work/submission/evil.so",
    }
    os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, **forged})
print("again under:", os.environ["PYTEST_ADDOPTS"])

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
