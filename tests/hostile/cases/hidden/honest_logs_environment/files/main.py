import logging
import os
import platform
import sys

import numpy

logging.basicConfig(level=logging.INFO, stream=sys.stdout, format="%(levelname)s %(message)s")
logging.info("working directory %s", os.getcwd())
logging.info("python %s, numpy %s, %s processors", platform.python_version(), numpy.__version__, os.cpu_count())
for name, value in sorted(os.environ.items()):
    logging.info("%s=%s", name, value)
logging.info("files %s", sorted(os.listdir(".")))

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
