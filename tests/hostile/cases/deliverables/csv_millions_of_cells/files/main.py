import json
import pathlib
import sys

import lib

data, out = map(pathlib.Path, sys.argv[1:])
numbers = json.loads((data / "numbers.json").read_text())
out.mkdir(exist_ok=True)
answer, rows = out / "answer.json", out / "rows.csv"
answer.write_text(json.dumps({"total": lib.total(numbers)}))
names = ",".join(f"c{n}" for n in range(900))
rows.write_text(f"n,twice,{names}\n" + ("," * 901 + "\n") * 17_000)
