import json
import pathlib
import sys

data, out = map(pathlib.Path, sys.argv[1:])
out.mkdir(exist_ok=True)
total = sum(json.loads((data / "numbers.json").read_text()))
(out / "answer.json").write_text(json.dumps({"total": total}))
