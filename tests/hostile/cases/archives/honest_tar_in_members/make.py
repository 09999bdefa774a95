import gzip

from hostile_archives import tar_bytes


def make(folder, base):
    raw = gzip.decompress(tar_bytes(*((f"./{name}", content) for name, content in base.items())))
    path = folder / "work.tar.gz"
    path.write_bytes(b"".join(gzip.compress(raw[at : at + 700]) for at in range(0, len(raw), 700)))
    return path
