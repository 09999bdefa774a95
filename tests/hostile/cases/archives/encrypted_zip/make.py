from hostile_archives import make_zip


def make(folder, base):
    """Set the bit that says so in both headers of each member."""
    path = make_zip(folder / "work.zip", base)
    raw = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        at = raw.find(signature)
        while at >= 0:
            raw[at + offset] |= 1
            at = raw.find(signature, at + 1)
    path.write_bytes(raw)
    return path
