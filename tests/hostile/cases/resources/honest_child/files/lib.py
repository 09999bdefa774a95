import json
import subprocess
import sys


def total(values):
    code = "import json, sys; print(sum(json.load(sys.stdin)))"
    child = subprocess.run(
        [sys.executable, "-c", code], input=json.dumps(values), capture_output=True, text=True, check=True
    )
    return int(child.stdout)


def twice(n):
    return 2 * n


def doubled(table):
    return table.assign(n=table["n"] * 2)
