def total(values):
    return 10**100_000


def doubled(table):
    return table.assign(n=[10**100_000] * len(table))
