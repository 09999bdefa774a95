import concurrent.futures

pool = concurrent.futures.ThreadPoolExecutor(8)


def total(values):
    return sum(pool.map(sum, [values[start::8] for start in range(8)]))


def twice(n):
    return 2 * n


def doubled(table):
    return table.assign(n=list(pool.map(twice, table["n"].tolist())))
