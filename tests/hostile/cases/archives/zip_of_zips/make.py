from hostile_archives import make_zip


def make(folder, base):
    inner = make_zip(folder / "inner.zip", {"../up.py": b"x", "zeros.bin": bytes(4 << 20)})
    for _ in range(10):
        inner = make_zip(folder / "inner.zip", {"inner.zip": inner.read_bytes()})
    work = {**base, "inner.zip": inner.read_bytes()}
    return make_zip(folder / "work.zip", {f"work/{name}": raw for name, raw in work.items()})
