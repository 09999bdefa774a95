import json
import csv

kept = []


def use_up():
    try:
        while True:
            kept.append(open("/dev/null"))
    except OSError:
        assert len(kept) < 1100


def total(values):
    use_up()
    kept[:4] = []
    return sum(values)


def twice(n):
    return 2 * n


def doubled(table):
    use_up()
    return table.assign(n=table["n"] * 2)
