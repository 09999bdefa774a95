import multiprocessing


def twice(n):
    return 2 * n


def total(values):
    with multiprocessing.get_context("fork").Pool(2) as pool:
        return sum(pool.map(sum, [values[::2], values[1::2]]))


def doubled(table):
    with multiprocessing.get_context("fork").Pool(2) as pool:
        return table.assign(n=pool.map(twice, table["n"].tolist()))
