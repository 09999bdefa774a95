def total(values):
    return sum(values) + 1


def twice(n):
    return 2 * n + 1


def doubled(table):
    return table.assign(n=table["n"] * 2 + 1)
