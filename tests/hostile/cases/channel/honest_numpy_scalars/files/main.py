import csv
import json
import pathlib
import sys

import lib

if __name__ == "__main__":
    data, out = map(pathlib.Path, sys.argv[1:])
    numbers = json.loads((data / "numbers.json").read_text())
    out.mkdir(exist_ok=True)
    (out / "answer.json").write_text(json.dumps({"total": int(lib.total(numbers))}))
    with open(out / "rows.csv", "w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["n", "twice"])
        rows.writerows([n, lib.twice(n)] for n in numbers)
