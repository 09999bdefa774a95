def total(values):
    values.clear()
    return sum(values)


def twice(n):
    return 2 * n + 1


def doubled(table):
    table["n"] = 0
    table["name"] = ""
    return table
