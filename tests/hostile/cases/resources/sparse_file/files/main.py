import os
import pathlib
import signal
import sys

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
out = pathlib.Path(sys.argv[2])
for name, size in (("answer.json", 15 << 20), ("rows.csv", 15 << 20)):
    with open(out / name, "wb") as file:
        os.truncate(file.fileno(), size)
try:
    with open(out / "huge", "wb") as file:
        os.truncate(file.fileno(), 10 << 30)
    print("more than the disk: made")
except OSError:
    print("more than the disk: refused")
