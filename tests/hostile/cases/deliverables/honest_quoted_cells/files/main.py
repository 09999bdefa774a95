import csv

import json
import pathlib
import sys

import lib

data, out = map(pathlib.Path, sys.argv[1:])
numbers = json.loads((data / "numbers.json").read_text())
out.mkdir(exist_ok=True)
answer, rows = out / "answer.json", out / "rows.csv"
answer.write_text(json.dumps({"total": lib.total(numbers)}))
with open(rows, "w", newline="", encoding="utf-8") as file:
    table = csv.writer(file)
    table.writerow(["n", "note, in words", "twice"])
    table.writerows([n, f'first line of {n}, "quoted"\nsecond line ن', 2 * n] for n in numbers)
