import os

import json
import pathlib
import sys

import lib

data, out = map(pathlib.Path, sys.argv[1:])
numbers = json.loads((data / "numbers.json").read_text())
out.mkdir(exist_ok=True)
answer, rows = out / "answer.json", out / "rows.csv"
answer.write_text(json.dumps({"total": lib.total(numbers)}))
os.link(answer, rows)
