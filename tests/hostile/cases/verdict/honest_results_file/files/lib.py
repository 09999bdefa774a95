import json
import pathlib


def total(values):
    pathlib.Path("results.json").write_text(json.dumps({"n": len(values)}))
    return sum(values)


def twice(n):
    return 2 * n


def doubled(table):
    return table.assign(n=table["n"] * 2)
