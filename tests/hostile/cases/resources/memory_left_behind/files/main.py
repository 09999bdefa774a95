import ctypes
import json
import os
import pathlib
import sys

libc = ctypes.CDLL(None, use_errno=True)
libc.shmat.restype = ctypes.c_void_p
PIECE = 4 << 20


def used():
    for name in ("memory/memory.usage_in_bytes", "memory.current"):
        try:
            return int(pathlib.Path("/sys/fs/cgroup", name).read_text())
        except OSError:
            pass
    return 0

def honest_work():
    data, out = map(pathlib.Path, sys.argv[1:])
    total = sum(json.loads((data / "numbers.json").read_text()))
    out.mkdir(exist_ok=True)
    (out / "answer.json").write_text(json.dumps({"total": total}))


honest_work()
out = pathlib.Path(sys.argv[2])
(out / "rows.csv").write_bytes(b"n,twice\n" + b"1,2\n" * (3 << 20))
while used() < 238 << 20:
    segment = libc.shmget(0, ctypes.c_size_t(PIECE), 0o1600)
    if segment < 0:
        break
    address = libc.shmat(segment, None, 0)
    ctypes.memset(address, 1, PIECE)
    libc.shmdt(ctypes.c_void_p(address))
print("left behind", used() >> 20, flush=True)
os._exit(0)
