import tempfile


def total(values):
    with tempfile.TemporaryDirectory() as folder:
        for number in range(10):
            with open(f"{folder}/{number}", "wb") as file:
                file.write(bytes(1_000_000))
    with tempfile.NamedTemporaryFile(dir=".") as file:
        file.write(bytes(5_000_000))
    return sum(values)


def twice(n):
    return 2 * n


def doubled(table):
    return table.assign(n=table["n"] * 2)
