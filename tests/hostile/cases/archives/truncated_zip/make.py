from hostile_archives import make_zip


def make(folder, base):
    path = make_zip(folder / "work.zip", base)
    raw = path.read_bytes()
    path.write_bytes(raw[: len(raw) // 2])
    return path
