import json
import multiprocessing.shared_memory
import socket
import sqlite3
import threading


def echo(server):
    connection, _ = server.accept()
    with connection, connection.makefile("rb") as lines:
        connection.sendall(lines.readline())


def there_and_back(family, address, values):
    with socket.socket(family) as server:
        server.bind(address)
        server.listen()
        thread = threading.Thread(target=echo, args=(server,))
        thread.start()
        with socket.socket(family) as client:
            client.connect(server.getsockname())
            client.sendall(json.dumps(values).encode() + b"\n")
            with client.makefile("rb") as lines:
                found = json.loads(lines.readline())
        thread.join()
    return found


def total(values):
    values = there_and_back(socket.AF_INET, ("127.0.0.1", 0), values)
    values = there_and_back(socket.AF_UNIX, "\0numbers", values)
    database = sqlite3.connect(":memory:")
    database.execute("CREATE TABLE numbers (n INTEGER)")
    database.executemany("INSERT INTO numbers VALUES (?)", [(n,) for n in values])
    (result,) = database.execute("SELECT TOTAL(n) FROM numbers").fetchone()
    return int(result)


def twice(n):
    return 2 * n


def doubled(table):
    import numpy as np

    memory = multiprocessing.shared_memory.SharedMemory(create=True, size=8 * len(table))
    try:
        shared = np.ndarray(len(table), dtype="int64", buffer=memory.buf)
        shared[:] = table["n"] * 2
        return table.assign(n=shared.copy())
    finally:
        del shared
        memory.close()
        memory.unlink()
