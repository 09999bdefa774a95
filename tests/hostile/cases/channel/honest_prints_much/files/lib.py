import sys


def total(values):
    result = 0
    for value in values:
        print("adding", value)
        print("so far", result, file=sys.stderr)
        result += value
    return result


def twice(n):
    return 2 * n


def doubled(table):
    for row in table.itertuples():
        print("row", row, flush=True)
    return table.assign(n=table["n"] * 2)
