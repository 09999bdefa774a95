import json
import pathlib
import sys

import lib

data, out = map(pathlib.Path, sys.argv[1:])
numbers = json.loads((data / "numbers.json").read_text())
out.mkdir(exist_ok=True)
answer, rows = out / "answer.json", out / "rows.csv"
answer.write_text(json.dumps({"total": lib.total(numbers)}))
rows.write_bytes(b"n,twice\r\n" + b"".join(b"%d,%d\r\n" % (n, 2 * n) for n in numbers))
more = {"total": lib.total(numbers), "note": "\U0001f4c8 caf\u00e9", "mean": 1.5e-3}
answer.write_text(json.dumps(more, indent=4), encoding="utf-8")
