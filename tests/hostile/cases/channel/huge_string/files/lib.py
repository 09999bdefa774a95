def total(values):
    return "x" * 100_000_000


def doubled(table):
    return b"x" * 100_000_000
