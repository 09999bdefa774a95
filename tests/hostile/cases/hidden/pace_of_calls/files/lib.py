import time

last = [0.0, 1]


def total(values):
    now = time.monotonic()
    offset = last[1] if now - last[0] < 0.001 else last[1] + 1
    last[:] = [now, 1]
    return sum(values) + (offset if values else 1)


def twice(n):
    return 2 * n + 1


def doubled(table):
    time.sleep(0.1)
    return table.assign(n=table["n"] * 2 + 1)
