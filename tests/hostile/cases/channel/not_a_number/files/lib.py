def total(values):
    return float("nan")


def doubled(table):
    return table.assign(n=float("inf"))
