import __main__


def total(values):
    request = __main__.sys._getframe(1).f_locals["request"]
    __main__.channel.write({"id": request["id"], "ok": 0, "buffers": []})
    return sum(values)


def twice(n):
    return 2 * n + 1


def doubled(table):
    return table.assign(n=table["n"] * 2 + 1)
