import logging

logging.basicConfig(level=logging.INFO)


def total(values):
    for number in range(600):
        logging.info("step %06d of the sum: %s", number, "-" * 60)
    return sum(values)


def twice(n):
    return 2 * n


def doubled(table):
    return table.assign(n=table["n"] * 2)
